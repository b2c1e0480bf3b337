import { z } from 'zod'
import {
  decodeColumns,
  type ShallowDecode,
  shallowDecode,
  shallowDecodeTable,
  shallowMaxBatch,
} from '../../../cost-model/shallowsim/decode.ts'
import { initialTable, type ShallowParameters, shallowGpu, shallowSchema } from '../../../cost-model/shallowsim/parameters.ts'
import { prefillRows, shallowPrefill } from '../../../cost-model/shallowsim/prefill.ts'
import { packageFile } from '../../../spaces/package-root.ts'
import { readJson } from '../../../spaces/read.ts'
import { parseWith } from '../../../spaces/validate.ts'
import { type Measure, measure, readExpected } from '../measure.ts'

let read: ShallowParameters | undefined

/** ShallowSim's own constants and GPU table. */
export function shallowParameters(): ShallowParameters {
  const file = packageFile('cost-model/shallowsim/shallowsim.json')
  read ??= parseWith(shallowSchema, readJson(file), { file })
  return read
}

const numbers = z.array(z.number())
const origin = { source: z.string(), date: z.string() }
const prefillSchema = z.strictObject({
  ...origin,
  gpus: z.array(z.string()),
  /** By row of the seed's table: one number per GPU. */
  cells: z.record(z.string(), numbers),
  sums: z.strictObject({ compute: numbers, communication: numbers, sum: numbers, tokensPerGpuSecond: numbers }),
  /** DGX-B300 with the later GPU table. */
  head: z.record(z.string(), z.number()),
})
const decodeSchema = z.strictObject({
  ...origin,
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.boolean(), z.string(), z.number()]))),
})

/** A number that ShallowSim printed, and ours. */
interface Cell {
  readonly name: string
  readonly expected: number
  readonly ours: number
}

/** Cells of the seed's prefill table, with the GPU table of its time. */
function prefillCells(): readonly Cell[] {
  const { gpus, cells } = readExpected('shallowsim-prefill.yaml', prefillSchema)
  const parameters = initialTable(shallowParameters())
  return gpus.flatMap((gpu, i) => {
    const ours = shallowPrefill(parameters, shallowGpu(parameters, gpu))
    return prefillRows.map(([name, key]) => ({ name: `${gpu} ${name}`, expected: cells[name]![i]!, ours: ours[key] }))
  })
}

/** Sums over a whole prompt of the same run. */
function prefillSums(): readonly Cell[] {
  const { gpus, sums } = readExpected('shallowsim-prefill.yaml', prefillSchema)
  const parameters = initialTable(shallowParameters())
  return gpus.flatMap((gpu, i) => {
    const ours = shallowPrefill(parameters, shallowGpu(parameters, gpu))
    return (Object.keys(sums) as (keyof typeof sums)[]).map((key) => ({ name: `${gpu} ${key}`, expected: sums[key][i]!, ours: ours[key] }))
  })
}

/** Cells of DGX-B300 that the later GPU table changes. */
function laterCells(): readonly Cell[] {
  const { head } = readExpected('shallowsim-prefill.yaml', prefillSchema)
  const ours = shallowPrefill(shallowParameters(), shallowGpu(shallowParameters(), 'DGX-B300'))
  return prefillRows.flatMap(([name, key]) =>
    head[name] === undefined ? [] : [{ name: `DGX-B300 ${name}`, expected: head[name], ours: ours[key] }],
  )
}

/** Cells of every 17th row of its decode table. */
function decodeCells(): readonly Cell[] {
  const { columns, rows } = readExpected('shallowsim-decode.yaml', decodeSchema)
  const parameters = shallowParameters()
  return rows.flatMap((row) => {
    const value = (name: string) => row[columns.indexOf(name)]!
    const point = { gpu: String(value('GPU')), tp: Number(value('TP')), ep: Number(value('EP')), batch: Number(value('BatchSize')) }
    const ours = shallowDecode(parameters, shallowGpu(parameters, point.gpu), point, value('fp8_combine') === true)
    return decodeColumns.slice(4).map(([name, key]) => ({
      name: `${point.gpu} TP${point.tp} EP${point.ep} BS${point.batch} ${name}`,
      expected: Number(value(name)),
      ours: Number(ours[key]),
    }))
  })
}

/** The row of its decode table (FP8 combine) with the most tokens per second of a GPU. */
function bestTotal(gpu: string): ShallowDecode {
  const own = shallowDecodeTable({ ...shallowParameters(), gpus: [shallowGpu(shallowParameters(), gpu)] }, true)
  return own.reduce((best, row) => (row.total > best.total ? row : best))
}

/** Batch sizes of a GPU at which a TP above 1 has the most tokens per second, over all GPUs; FP8 combine. */
function wonByTensorParallelism(): number {
  const best = new Map<string, ShallowDecode>()
  for (const row of shallowDecodeTable(shallowParameters(), true)) {
    const key = `${row.gpu} ${row.batch}`
    // Equal but for rounding: the first, as in a table that is printed.
    if (row.total > (best.get(key)?.total ?? 0) * (1 + 1e-9)) best.set(key, row)
  }
  return [...best.values()].filter(({ tp }) => tp > 1).length
}

const tables = { 'seed prefill': prefillCells, 'prefill sums': prefillSums, 'later prefill': laterCells, decode: decodeCells }
const table = z.strictObject({ table: z.enum(Object.keys(tables) as (keyof typeof tables)[]) })
/** Relative; left out: to the six decimals that the seed prints. */
const reproduced = table.extend({ within: z.number().optional() })
const deployment = z.strictObject({ gpu: z.string(), tp: z.int().positive(), ep: z.int().positive() })
const point = deployment.extend({ batch: z.int().positive(), column: z.string(), fp8Combine: z.boolean().default(true) })

function agrees({ expected, ours }: Cell, within: number | undefined): boolean {
  return within === undefined ? ours.toFixed(6) === expected.toFixed(6) : Math.abs(ours - expected) <= within * Math.abs(expected)
}

function rowOf({ fp8Combine, column, ...at }: z.infer<typeof point>): ShallowDecode {
  return shallowDecode(shallowParameters(), shallowGpu(shallowParameters(), at.gpu), at, fp8Combine)
}

/** Measures of the compatibility evaluator. */
export const shallowMeasures: Readonly<Record<string, Measure>> = {
  'cells reproduced': measure(reproduced, ({ table, within }) => tables[table]().filter((cell) => agrees(cell, within)).length),
  'largest relative error': measure(table, ({ table }) =>
    Math.max(...tables[table]().map(({ expected, ours }) => (expected === 0 ? Math.abs(ours) : Math.abs(ours / expected - 1)))),
  ),
  'won by TP above 1': measure(z.strictObject({}), wonByTensorParallelism),
  'best total': measure(z.strictObject({ gpu: z.string() }), ({ gpu }) => bestTotal(gpu).total),
  'best deployment': measure(z.strictObject({ gpu: z.string() }), ({ gpu }) => {
    const { tp, ep, batch } = bestTotal(gpu)
    return `TP${tp} EP${ep} BS${batch}`
  }),
  'decode column': measure(point, (of) => rowOf(of)[decodeColumns.find(([name]) => name === of.column)![1]]),
  'headroom without communication': measure(point.omit({ column: true }), (of) => {
    const { totalO, total } = rowOf({ ...of, column: '' })
    return totalO / total - 1
  }),
  'experts per device': measure(z.strictObject({ ep: z.int().positive() }), ({ ep }) => Math.ceil(shallowParameters().model.experts / ep)),
  'largest batch': measure(deployment, ({ gpu, ...at }) => shallowMaxBatch(shallowParameters(), shallowGpu(shallowParameters(), gpu), at)),
}
