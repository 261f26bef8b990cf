// @ts-check
// The page's address follows the cursor. Browsers refuse an address bar that changes with every frame of a held key, so
// the newest address is written at once when there was rest, else a little later.

const REST_MS = 250;

let lastWrite = -REST_MS;
/** @type {number | undefined} */
let timer;
/** @type {(() => string) | undefined} */
let pending;

/** @param {() => string} address  asked when it is written, so that the last one wins */
export function replaceAddressSoon(address) {
  pending = address;
  if (timer !== undefined) return;
  const wait = lastWrite + REST_MS - performance.now();
  if (wait <= 0) writePendingAddress();
  else timer = setTimeout(writePendingAddress, wait);
}

/** Writes what waits, at once: before the page's history is used. */
export function writePendingAddress() {
  clearTimeout(timer);
  timer = undefined;
  if (!pending) return;
  const address = pending();
  pending = undefined;
  lastWrite = performance.now();
  history.replaceState(history.state, "", address);
}

/** Forgets what waits: the browser has gone to another address. */
export function dropPendingAddress() {
  clearTimeout(timer);
  timer = undefined;
  pending = undefined;
}
