import type { PageData, packedIds } from './page-data.ts'

/** The page's columns as typed arrays. */
export interface PageTable {
  /** One array per entry of `PageData.axes`, in the printed unit; NaN: not applicable. */
  readonly values: ReadonlyMap<string, Float32Array>
  readonly ids: Readonly<Record<(typeof packedIds)[number], Uint32Array>>
  /** 1 where every SLO and limit is met. */
  readonly feasible: Uint8Array
}

export async function unpack(data: PageData): Promise<PageTable> {
  const n = data.points
  const bytes = words(await inflate(data.packed))
  const values = new Map(data.axes.map((a, i) => [a.name, new Float32Array(bytes, 4 * n * i, n)]))
  const id = (i: number) => new Uint32Array(bytes, 4 * n * (data.axes.length + i), n)
  const ids = { layout: id(0), family: id(1), batch: id(2), chunk: id(3), index: id(4) }
  return { values, ids, feasible: new Uint8Array(await inflate(data.feasible)) }
}

/** Undoes the split into byte planes. */
function words(planes: ArrayBuffer): ArrayBuffer {
  const from = new Uint8Array(planes)
  const n = from.length / 4
  const to = new Uint8Array(from.length)
  for (let i = 0; i < to.length; i++) to[i] = from[(i % 4) * n + (i >> 2)]!
  return to.buffer
}

async function inflate(base64: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Response(stream).arrayBuffer()
}
