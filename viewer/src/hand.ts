/** What a hand does to the map: a press that did not move is a click, a mouse at rest points. */

/** A pointer that moved farther than this, pixels, did not click. */
const STILL = 4;
const POINT_MS = 60;

export interface Hand {
  /** a button went down */
  press(): void;
  /** `many`: with the key that adds to what is chosen */
  click(x: number, y: number, many: boolean): void;
  /** the mouse rests */
  point(x: number, y: number): void;
  leave(): void;
}

/** Returns the way to stop listening. */
export function listen(canvas: HTMLCanvasElement, hand: Hand): () => void {
  const over = new AbortController();
  const { signal } = over;
  let down: { x: number; y: number } | null = null;
  let resting = 0;
  const on = <K extends keyof HTMLElementEventMap>(
    kind: K,
    act: (event: HTMLElementEventMap[K]) => void,
  ) => canvas.addEventListener(kind, act, { signal });
  on("pointerdown", (event) => {
    down = { x: event.offsetX, y: event.offsetY };
    hand.press();
  });
  on("pointerup", (event) => {
    const moved = down && Math.hypot(event.offsetX - down.x, event.offsetY - down.y);
    down = null;
    if (event.button !== 0 || moved === null || moved >= STILL) return;
    hand.click(event.offsetX, event.offsetY, event.shiftKey || event.ctrlKey || event.metaKey);
  });
  on("pointermove", (event) => {
    if (down || event.pointerType === "touch") return;
    clearTimeout(resting);
    resting = window.setTimeout(() => hand.point(event.offsetX, event.offsetY), POINT_MS);
  });
  on("pointerleave", () => {
    clearTimeout(resting);
    hand.leave();
  });
  return () => {
    clearTimeout(resting);
    over.abort();
  };
}
