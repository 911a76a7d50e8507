// Light or dark: as the system is, until the user chooses.

const KEY = "theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** Let a button switch the theme. */
export function theme(button) {
  const apply = (chosen) => {
    const dark = chosen ? chosen === "dark" : systemDark.matches;
    if (chosen) document.documentElement.dataset.theme = chosen;
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Use the light theme" : "Use the dark theme");
  };
  button.addEventListener("click", () => {
    const next = button.textContent.toLowerCase();
    apply(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // It holds for this visit, then.
    }
  });
  systemDark.addEventListener("change", () => apply(remembered()));
  apply(remembered());
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off: the system's choice it is
  }
}
