/** Before the first paint: the theme that somebody chose, so that no other one flashes. */
import { createStore } from "./store.js";
import { applyTheme } from "./theme.js";

applyTheme(createStore());
