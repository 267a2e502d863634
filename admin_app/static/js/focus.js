// Where the keyboard is, and where it goes when that place is gone: it must never have to begin at the top again.

const lost = () => !document.activeElement || document.activeElement === document.body;

// A way back to the element that has the focus: to itself, or to the button of the menu that it stands in.
export function rememberFocus() {
  const element = document.activeElement;
  const menu = element?.closest?.("[popover]");
  const button = menu && document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  return () => {
    for (const one of [element, button]) {
      if (one?.isConnected && one !== document.body && one.checkVisibility()) {
        one.focus({ preventScroll: true });
        if (document.activeElement === one) return;
      }
    }
    keepFocus();
  };
}

// Focus what the page is about, if nothing has the focus.
export function keepFocus(place = document.querySelector("#content")) {
  if (!lost() || !place) return;
  if (!place.matches("a, button, input, select, textarea, [tabindex]")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}
