// @ts-check

/** Marks, in the list "on this page", the heading that the reader is under. */
export function mountContents() {
  const links = [...document.querySelectorAll(".toc a[href^='#']")].map((it) => /** @type {HTMLAnchorElement} */ (it));
  const headings = links.flatMap((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))) ?? []);
  if (headings.length === 0) return;
  const mark = () => {
    const line = window.innerHeight / 3;
    const current = headings.findLast((heading) => heading.getBoundingClientRect().top < line) ?? headings[0];
    for (const link of links) {
      if (decodeURIComponent(link.hash.slice(1)) === current.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  window.addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
}
