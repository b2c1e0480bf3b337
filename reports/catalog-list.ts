import type { Catalog, CatalogKind } from '../spaces/catalog.ts'
import { type Figure, figureValue } from '../spaces/figure.ts'
import { lengthMoments } from '../spaces/length.ts'
import { countParameters } from '../spaces/parameters.ts'
import { printNumber } from './number.ts'
import type { TableColumn } from './table.ts'

/** How a list of one kind looks: its headings and one row by id. */
interface CatalogList {
  readonly header: readonly TableColumn[]
  readonly row: (catalog: Catalog, id: string) => readonly string[]
}

/** Headings; a trailing `>` right-aligns. */
function heads(...names: readonly string[]): readonly TableColumn[] {
  return names.map((name) => ({ heading: name.replace(/>$/, ''), align: name.endsWith('>') ? 'right' : 'left' }))
}

function figure(value: Figure | undefined, scale: number): string {
  return value === undefined ? '-' : printNumber(figureValue(value) * scale, 4)
}

const tera = 1e-12
const gib = 2 ** -30

export const catalogLists: Readonly<Record<CatalogKind, CatalogList>> = {
  model: {
    header: heads('id', 'params B>', 'active B>', 'layers>', 'hidden>', 'attention', 'checkpoint'),
    row: (catalog, id) => {
      const model = catalog.model(id)
      const { total, active } = countParameters(model)
      const kinds = [...new Set(model.layerGroups.map((g) => g.attn.kind))].join('+')
      const layers = model.layerGroups.reduce((sum, g) => sum + g.count, 0)
      return [
        id,
        printNumber(total / 1e9, 4),
        printNumber(active / 1e9, 4),
        `${layers}`,
        `${model.hidden}`,
        kinds,
        model.checkpoint.quantization,
      ]
    },
  },
  gpu: {
    header: heads('id', 'name', 'GiB>', 'GB/s>', 'bf16 TFLOP/s>', 'fp8>', 'scale-up GB/s>', 'domain>', 'status'),
    row: (catalog, id) => {
      const g = catalog.gpu(id)
      const [memory, bandwidth] = [figure(g.memory.reported, gib), figure(g.memory.bandwidth, 1e-9)]
      const [bf16, fp8] = [figure(g.flops.bf16, tera), figure(g.flops.fp8, tera)]
      return [id, g.name, memory, bandwidth, bf16, fp8, figure(g.scaleUp?.bandwidth, 1e-9), `${g.scaleUp?.domain ?? 1}`, g.status ?? '-']
    },
  },
  node: {
    header: heads('id', 'GPU', 'GPUs>', 'scale-up domain>', 'scale-up GB/s>', 'scale-out GB/s per GPU>', 'fabric'),
    row: (catalog, id) => {
      const n = catalog.node(id)
      const [up, out] = [figure(n.scaleUpBandwidth, 1e-9), figure(n.scaleOutBandwidth, 1e-9)]
      return [id, n.gpu, `${n.gpusPerNode}`, `${n.scaleUpDomain}`, up, out, n.fabric ?? '-']
    },
  },
  engine: {
    header: heads('id', 'name', 'versions', 'policy', 'admission'),
    row: (catalog, id) => {
      const e = catalog.engine(id)
      return [id, e.name, e.versions, e.scheduler.policy, e.scheduler.admission]
    },
  },
  workload: {
    header: heads('id', 'name', 'prompt tokens>', 'output tokens>'),
    row: (catalog, id) => {
      const w = catalog.workload(id)
      return [id, w.name, printNumber(lengthMoments(w.isl).mean, 4), printNumber(lengthMoments(w.osl).mean, 4)]
    },
  },
  study: {
    header: heads('id', 'name'),
    row: (catalog, id) => {
      const { value } = catalog.entry('study', id)
      const name = typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : id
      return [id, name]
    },
  },
}
