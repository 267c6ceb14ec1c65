/**
 * afterPaint runs fn once what changed before it is on the glass: the first
 * frame callback comes before that paint, the second after it. A page that
 * nobody can see is given no frames, and so acknowledges nothing.
 */
export function afterPaint(fn: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(fn));
}
