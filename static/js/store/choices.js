// @ts-check
// The reader's choices that outlive the page. Without storage (a sandboxed frame) they live as long as the page.

/** @param {string} name  @returns {string | null} */
export function recall(name) {
  try {
    return localStorage.getItem(`trapframe-${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name  @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`trapframe-${name}`, value);
  } catch {
    // Nothing to do: see above.
  }
}
