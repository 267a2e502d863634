// One question with an answer that staff change: its fields work as they do for respondents.
import { enhance } from "./fields.js";

enhance(document.querySelector("form[data-correct]"));
