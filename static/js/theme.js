// Runs before the first paint: takes the reader's own choice of theme, if there is one. A classic script on purpose.
(() => {
  try {
    const theme = localStorage.getItem("trapframe-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage (a sandboxed frame): the system's preference stands.
  }
})();
