// The choice of colours: an attribute now, a cookie for the server's next page, a note for the next browser.
import { onAction } from "./actions.js";
import { token } from "./token.js";

const YEAR = 365 * 24 * 60 * 60;

onAction("theme", (button) => {
  const { theme } = button.dataset;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  if (theme === "system") {
    delete document.documentElement.dataset.bsTheme;
    document.cookie = `theme=; Max-Age=0; Path=/; SameSite=Lax${secure}`;
  } else {
    document.documentElement.dataset.bsTheme = theme;
    document.cookie = `theme=${theme}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
  }
  document.querySelector('meta[name="color-scheme"]').content = theme === "system" ? "light dark" : theme;
  for (const other of button.parentElement.querySelectorAll("[data-theme]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  const { url } = button.parentElement.dataset;
  // Where nothing can be noted (a server that is away, a session that only looks) this browser still has its cookie.
  if (url) fetch(url, { method: "POST", body: new URLSearchParams({ theme, csrf_token: token() }), keepalive: true }).catch(() => {});
});
