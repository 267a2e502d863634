// The console's own scripts, each a small module by noun. None is needed to use the console; each makes it quicker.
import "./theme.js";
import "./menus.js";
import "./messages.js";
import "./drafts.js";
import "./forms.js";
import "./here.js";
import "./order.js";
import "./copy.js";
import "./selects.js";
import "./times.js";
import "./selection.js";
import "./steps.js";
import "./lists.js";
import "./cells.js";
import "./dialogs.js";
import "./matrix.js";
import "./editor.js";
