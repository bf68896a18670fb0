/** The map as a picture that stands alone: title, legend, date, source, version. */
import type { LegendClass } from "./api.ts";

export interface Caption {
  title: string;
  sub: string;
  unit: string;
  classes: readonly (Pick<LegendClass, "color" | "count"> & { text: string })[];
  states: readonly { text: string; count: string }[];
  /** lines below: period and cut-off date, sources, publication and version */
  foot: readonly string[];
}

export interface Inks {
  paper: string;
  ink: string;
  quiet: string;
  font: string;
}

const EDGE = 36;
const LEGEND = 300;
const ROW = 26;

/** Rows of text that fit a width, broken between letters where there are no words. */
export function broken(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = "";
  const parts = text.match(/[!-\u024f]+\s*|\S/gu) ?? [];
  for (const part of parts) {
    if (line && measure(line + part) > width) {
      lines.push(line.trim());
      line = "";
    }
    line += part;
  }
  if (line.trim()) lines.push(line.trim());
  return lines;
}

/** Lays the map's canvas beside its legend; `ratio`: pixels of the map's canvas for one of the page. */
export function composed(map: HTMLCanvasElement, caption: Caption, inks: Inks): HTMLCanvasElement {
  const ratio = map.width / Math.max(1, map.clientWidth || map.width);
  const width = map.width / ratio;
  const height = map.height / ratio;
  const foot = 28 + caption.foot.length * 18;
  const head = 92;
  const sheet = document.createElement("canvas");
  sheet.width = Math.round((width + LEGEND + 3 * EDGE) * ratio);
  sheet.height = Math.round((head + height + foot + EDGE) * ratio);
  const pen = sheet.getContext("2d");
  if (!pen) return sheet;
  pen.scale(ratio, ratio);
  pen.fillStyle = inks.paper;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.textBaseline = "alphabetic";
  write(pen, caption.title, EDGE, 46, `650 26px ${inks.font}`, inks.ink);
  write(pen, caption.sub, EDGE, 74, `14px ${inks.font}`, inks.quiet);
  pen.drawImage(map, EDGE, head, width, height);
  legend(pen, caption, inks, 2 * EDGE + width, head + 6);
  caption.foot.forEach((line, i) => {
    write(pen, line, EDGE, head + height + 30 + i * 18, `12px ${inks.font}`, inks.quiet);
  });
  return sheet;
}

function write(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  font: string,
  ink: string,
): void {
  pen.font = font;
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}

function legend(
  pen: CanvasRenderingContext2D,
  caption: Caption,
  inks: Inks,
  x: number,
  top: number,
): void {
  let y = top + 14;
  pen.font = `600 14px ${inks.font}`;
  for (const line of broken(caption.unit, LEGEND, (text) => pen.measureText(text).width)) {
    write(pen, line, x, y, `600 14px ${inks.font}`, inks.ink);
    y += 20;
  }
  y += 8;
  for (const item of caption.classes) {
    pen.fillStyle = item.color;
    pen.fillRect(x, y - 12, 22, 15);
    write(pen, item.text, x + 32, y, `13px ${inks.font}`, inks.ink);
    pen.textAlign = "right";
    write(pen, String(item.count), x + LEGEND, y, `13px ${inks.font}`, inks.quiet);
    pen.textAlign = "left";
    y += ROW;
  }
  for (const item of caption.states) {
    pen.strokeStyle = inks.quiet;
    pen.strokeRect(x + 0.5, y - 11.5, 21, 14);
    pen.beginPath();
    for (let at = 4; at < 34; at += 6) {
      pen.moveTo(x + Math.max(0, at - 14), y - 12 + Math.min(at, 14));
      pen.lineTo(x + Math.min(at, 21), y - 12 + Math.max(0, at - 21));
    }
    pen.stroke();
    write(pen, item.text, x + 32, y, `13px ${inks.font}`, inks.ink);
    pen.textAlign = "right";
    write(pen, item.count, x + LEGEND, y, `13px ${inks.font}`, inks.quiet);
    pen.textAlign = "left";
    y += ROW;
  }
}

/** Hands a canvas to the browser as a file. */
export async function save(canvas: HTMLCanvasElement, name: string): Promise<void> {
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
