/** Height, footprint and volume of a glTF binary, read off its triangles. Metres, Y up. */

export interface ModelFigures {
  height: number;
  /** of the bounding box on the ground */
  footprint: number;
  /** of closed meshes, by signed tetrahedra */
  volume: number;
}

interface Accessor {
  bufferView?: number;
  byteOffset?: number;
  componentType: number;
  count: number;
}

interface Gltf {
  nodes?: {
    mesh?: number;
    matrix?: number[];
    translation?: number[];
    rotation?: number[];
    scale?: number[];
  }[];
  meshes?: {
    primitives: { mode?: number; indices?: number; attributes: { POSITION?: number } }[];
  }[];
  accessors?: Accessor[];
  bufferViews?: { byteOffset?: number; byteLength: number; byteStride?: number }[];
}

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;

function chunks(bytes: Uint8Array): { gltf: Gltf; body: DataView } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 20 || view.getUint32(0, true) !== MAGIC) throw new RangeError("not a GLB");
  const length = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK) throw new RangeError("no JSON in the GLB");
  const text = new TextDecoder().decode(bytes.subarray(20, 20 + length));
  const start = 20 + length + 8;
  const body = start <= view.byteLength ? start : view.byteLength;
  return {
    gltf: JSON.parse(text) as Gltf,
    body: new DataView(bytes.buffer, bytes.byteOffset + body, bytes.byteLength - body),
  };
}

function positions(gltf: Gltf, body: DataView, at: number): Float64Array {
  const accessor = gltf.accessors?.[at];
  const view = gltf.bufferViews?.[accessor?.bufferView ?? -1];
  if (!accessor || !view || accessor.componentType !== 5126) throw new RangeError("no positions");
  const start = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
  const stride = view.byteStride ?? 12;
  const out = new Float64Array(accessor.count * 3);
  for (let i = 0; i < accessor.count; i += 1)
    for (let k = 0; k < 3; k += 1)
      out[i * 3 + k] = body.getFloat32(start + i * stride + k * 4, true);
  return out;
}

function indices(gltf: Gltf, body: DataView, at: number | undefined, count: number): number[] {
  if (at === undefined) return Array.from({ length: count }, (_, i) => i);
  const accessor = gltf.accessors?.[at];
  const view = gltf.bufferViews?.[accessor?.bufferView ?? -1];
  if (!accessor || !view) throw new RangeError("no indices");
  const size = { 5121: 1, 5123: 2, 5125: 4 }[accessor.componentType] ?? 4;
  const start = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
  return Array.from({ length: accessor.count }, (_, i) => {
    const from = start + i * size;
    if (size === 1) return body.getUint8(from);
    return size === 2 ? body.getUint16(from, true) : body.getUint32(from, true);
  });
}

/** RangeError where the file is no GLB of plain triangles. */
export function readGlb(bytes: Uint8Array): ModelFigures {
  const { gltf, body } = chunks(bytes);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  let volume = 0;
  for (const node of gltf.nodes ?? []) {
    if (node.matrix || node.rotation) throw new RangeError("turned nodes are not measured");
    const [tx = 0, ty = 0, tz = 0] = node.translation ?? [];
    const [sx = 1, sy = 1, sz = 1] = node.scale ?? [];
    const [move, size] = [
      [tx, ty, tz],
      [sx, sy, sz],
    ];
    for (const part of gltf.meshes?.[node.mesh ?? -1]?.primitives ?? []) {
      if (part.attributes.POSITION === undefined || (part.mode ?? 4) !== 4) continue;
      const points = positions(gltf, body, part.attributes.POSITION);
      points.forEach((value, i) => {
        const k = i % 3;
        const put = value * (size[k] ?? 1) + (move[k] ?? 0);
        points[i] = put;
        low[k] = Math.min(low[k] ?? put, put);
        high[k] = Math.max(high[k] ?? put, put);
      });
      volume += signedVolume(points, indices(gltf, body, part.indices, points.length / 3));
    }
  }
  const span = (k: number) => (high[k] ?? 0) - (low[k] ?? 0);
  if (!Number.isFinite(span(1))) throw new RangeError("nothing to measure");
  return { height: span(1), footprint: span(0) * span(2), volume: Math.abs(volume) };
}

function signedVolume(points: Float64Array, corners: readonly number[]): number {
  let sum = 0;
  const at = (i: number, k: number) => points[(corners[i] ?? 0) * 3 + k] ?? 0;
  for (let i = 0; i + 2 < corners.length; i += 3) {
    const cross = (k: number, l: number) =>
      at(i + 1, k) * at(i + 2, l) - at(i + 1, l) * at(i + 2, k);
    sum += at(i, 0) * cross(1, 2) + at(i, 1) * cross(2, 0) + at(i, 2) * cross(0, 1);
  }
  return sum / 6;
}
