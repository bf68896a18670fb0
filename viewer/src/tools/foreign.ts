/** Layers of others: 3D tiles stand in the view, pictures and outlines lie on the ground. */
import { type Box, drape, groundBox } from "../earth/drape.ts";
import type { Guests } from "../earth/guests.ts";
import type { Session } from "../session.ts";
import type { Stage } from "../stage.ts";
import { type Found, NotGeoJson, readGeoJson } from "./geojson.ts";
import { wmsAddress, wmtsTiles } from "./maps.ts";
import { pageSources, verdict } from "./policy.ts";
import type { Guest } from "./spot.ts";

export type ForeignKind = "tiles3d" | "wmts" | "wms" | "geojson";

export interface ForeignLayer {
  id: number;
  kind: ForeignKind;
  name: string;
  shown: boolean;
  opacity: number;
  /** things counted in it, where they can be */
  count: number | null;
}

interface Held extends ForeignLayer {
  guest?: Guest;
  picture?: HTMLCanvasElement;
}

/** Why a layer is not there; words: guests.why.<reason> and guests.way.<reason>. */
export class Refused extends Error {
  constructor(
    readonly reason: "address" | "scheme" | "host" | "network" | "status" | "picture" | "content",
    readonly detail = "",
  ) {
    super(`${reason} ${detail}`);
    this.name = "Refused";
  }
}

const WIDTH = 2048;
const LARGEST = 32 * 2 ** 20;
const COLOURS = ["#0f7f86", "#8244b8", "#9a5a10", "#4f7a1f"] as const;

export class Foreign {
  private held: Held[] = [];
  private next = 1;

  constructor(
    private readonly session: Session,
    private readonly stage: Stage,
    private readonly hands: Guests,
    private readonly changed: () => void,
  ) {}

  get guests(): readonly ForeignLayer[] {
    return this.held;
  }

  /** Adds what lies at an address; Refused or NotGeoJson says why not. */
  async add(kind: ForeignKind, address: string, layers: string): Promise<void> {
    const judged = verdict(address, location.href, await pageSources());
    if (judged !== "ok") throw new Refused(judged, hostOf(address));
    const url = new URL(address, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
    const name = nameOf(url, layers);
    if (kind === "geojson") await this.addText(await (await this.fetched(url)).text(), name);
    else if (kind === "tiles3d") await this.addTileset(url, name);
    else await this.addPicture(kind, url, layers, name);
  }

  /** Outlines from a text, laid on the ground. */
  async addText(text: string, name: string): Promise<void> {
    if (text.length > LARGEST) throw new NotGeoJson("large");
    const found = readGeoJson(text);
    const colour = COLOURS[this.held.length % COLOURS.length] ?? COLOURS[0];
    const { canvas, box } = this.sheet();
    drawFound(canvas, box, found, colour);
    this.hold({ kind: "geojson", name, count: found.length, picture: canvas });
  }

  private async addTileset(url: string, name: string): Promise<void> {
    await this.fetched(url); // the engine's own word for a failure says too little
    let guest: Guest;
    try {
      guest = await this.hands.tileset(url);
    } catch (error) {
      throw new Refused("content", String(error));
    }
    this.hold({ kind: "tiles3d", name, count: null, guest });
  }

  private async addPicture(kind: "wms" | "wmts", url: string, layers: string, name: string) {
    const { canvas, box } = this.sheet();
    const brush = canvas.getContext("2d");
    const tiles =
      kind === "wms"
        ? [{ url: wmsAddress(url, layers, box, [canvas.width, canvas.height]), box }]
        : wmtsTiles(url, box);
    for (const tile of tiles) {
      const image = await this.image(tile.url);
      const [x0, y0] = pixel(canvas, box, tile.box.west, tile.box.north);
      const [x1, y1] = pixel(canvas, box, tile.box.east, tile.box.south);
      brush?.drawImage(image, x0, y0, x1 - x0, y1 - y0);
    }
    this.hold({ kind, name, count: null, picture: canvas });
  }

  private async image(url: string): Promise<ImageBitmap> {
    const answer = await this.fetched(url);
    try {
      return await createImageBitmap(await answer.blob());
    } catch (error) {
      throw new Refused("picture", String(error));
    }
  }

  private async fetched(url: string): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(url, { credentials: "omit" });
    } catch (error) {
      throw new Refused("network", `${hostOf(url)} ${String(error)}`);
    }
    if (!answer.ok) throw new Refused("status", `${answer.status}`);
    return answer;
  }

  private sheet(): { canvas: HTMLCanvasElement; box: Box } {
    const box = groundBox(this.stage.layers);
    if (!box) throw new Refused("content", "no ground");
    const canvas = document.createElement("canvas");
    const lat = ((box.north + box.south) / 2) * (Math.PI / 180);
    const shape = (box.north - box.south) / ((box.east - box.west) * Math.cos(lat));
    canvas.width = WIDTH;
    canvas.height = Math.min(WIDTH * 2, Math.max(256, Math.round(WIDTH * shape)));
    return { canvas, box };
  }

  private hold(told: Pick<Held, "kind" | "name" | "count" | "guest" | "picture">): void {
    this.held = [...this.held, { ...told, id: this.next, shown: true, opacity: 1 }];
    this.next += 1;
    this.lay();
  }

  change(id: number, patch: { shown?: boolean; opacity?: number }): void {
    this.held = this.held.map((one) => (one.id === id ? { ...one, ...patch } : one));
    const one = this.held.find((item) => item.id === id);
    one?.guest?.show(one.shown);
    this.lay();
  }

  remove(id: number): void {
    this.held.find((one) => one.id === id)?.guest?.remove();
    this.held = this.held.filter((one) => one.id !== id);
    this.lay();
  }

  /** All pictures in one, later ones on top. */
  private lay(): void {
    const laid = this.held.filter((one) => one.picture && one.shown && one.opacity > 0);
    if (laid.length === 0) drape(this.stage.layers, null, null);
    else {
      const { canvas, box } = this.sheet();
      const brush = canvas.getContext("2d");
      for (const one of laid) {
        if (!brush || !one.picture) continue;
        brush.globalAlpha = one.opacity;
        brush.drawImage(one.picture, 0, 0);
      }
      const picture = brush?.getImageData(0, 0, canvas.width, canvas.height) ?? null;
      drape(this.stage.layers, picture, box);
    }
    this.stage.globe.draw();
    this.changed();
    this.session.tell();
  }
}

function hostOf(address: string): string {
  try {
    return new URL(address, location.href).host;
  } catch {
    return address.slice(0, 80);
  }
}

function nameOf(url: string, layers: string): string {
  const { pathname, host } = new URL(url);
  const last = pathname.split("/").filter(Boolean).slice(-2).join("/");
  return layers || decodeURIComponent(last) || host;
}

function pixel(canvas: HTMLCanvasElement, box: Box, lon: number, lat: number): [number, number] {
  return [
    ((lon - box.west) / (box.east - box.west)) * canvas.width,
    ((box.north - lat) / (box.north - box.south)) * canvas.height,
  ];
}

function drawFound(canvas: HTMLCanvasElement, box: Box, found: readonly Found[], colour: string) {
  const brush = canvas.getContext("2d");
  if (!brush) return;
  brush.lineWidth = 2.5;
  brush.lineJoin = "round";
  brush.strokeStyle = colour;
  for (const { kind, parts } of found) {
    brush.beginPath();
    for (const ring of parts) {
      const [first] = ring;
      if (kind === "point" && first) {
        const [x, y] = pixel(canvas, box, first.lon, first.lat);
        brush.arc(x, y, 5, 0, Math.PI * 2);
      } else {
        ring.forEach(({ lon, lat }, at) => {
          const [x, y] = pixel(canvas, box, lon, lat);
          if (at === 0) brush.moveTo(x, y);
          else brush.lineTo(x, y);
        });
      }
      if (kind === "area") brush.closePath();
    }
    brush.fillStyle = kind === "point" ? colour : `${colour}40`;
    if (kind !== "line") brush.fill("evenodd");
    brush.stroke();
  }
}
