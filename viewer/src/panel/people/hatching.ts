/** Lines across a paper: a unit that was not assessed. */
export function hatching(
  pen: CanvasRenderingContext2D,
  paper: string,
  ink: string,
): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = 6;
  tile.height = 6;
  const own = tile.getContext("2d");
  if (!own) return null;
  own.fillStyle = paper;
  own.fillRect(0, 0, 6, 6);
  own.strokeStyle = ink;
  own.lineWidth = 1.5;
  own.beginPath();
  for (const x of [-6, 0, 6]) {
    own.moveTo(x, 6);
    own.lineTo(x + 6, 0);
  }
  own.stroke();
  return pen.createPattern(tile, "repeat");
}
