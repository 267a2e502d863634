// The console's own scripts, each a small module by noun. None is needed to use the console; each makes it quicker.
import "./theme.js";
import "./menus.js";
