import type { Catalog } from '../../spaces/catalog.ts'
import type { Gpu } from '../../spaces/gpu.ts'
import { InputError } from '../../spaces/issue.ts'
import { listFiles } from '../../spaces/read.ts'
import { operatorFamilies } from './families/index.ts'
import type { OperatorFamily } from './family.ts'

/** A file of the layout SYSTEM/FAMILY/ENGINE/VERSION/*.parquet of AIConfigurator's performance database. */
export interface TableFile {
  readonly family: OperatorFamily
  readonly gpu: Gpu
  readonly engine: string
  readonly version: string
  readonly file: string
  /** Within the folder, for people. */
  readonly name: string
}

/** Something of the folder that is not compared, and why. */
export interface LeftOut {
  readonly name: string
  readonly reason: string
}

/** Systems whose name is not our id of their GPU. */
const systems: Readonly<Record<string, string>> = { a100_sxm: 'a100-sxm-80gb', gb200: 'gb200-nvl72', gb300: 'gb300-nvl72' }

/** Tables under a folder, in the order of their names. InputError where it cannot be read or holds none. */
export function findTables(
  folder: string,
  catalog: Catalog,
): { readonly tables: readonly TableFile[]; readonly leftOut: readonly LeftOut[] } {
  const names = listFiles(folder).filter((name) => name.endsWith('.parquet'))
  const found = names.map((name) => tableAt(folder, name, catalog))
  const tables = found.filter((one) => 'family' in one)
  if (tables.length > 0) return { tables, leftOut: found.filter((one) => 'reason' in one) }
  const why = names.length === 0 ? 'holds no parquet file' : `holds no table that is known: ${(found[0] as LeftOut).reason}`
  const suggestion = 'the layout is SYSTEM/FAMILY/ENGINE/VERSION/*.parquet'
  throw new InputError({ path: '', code: 'empty', message: why, file: folder, suggestion })
}

function tableAt(folder: string, name: string, catalog: Catalog): TableFile | LeftOut {
  const parts = name.split('/')
  if (parts.length !== 5) return { name, reason: 'is not at SYSTEM/FAMILY/ENGINE/VERSION/FILE' }
  const [system, , engine, version, file] = parts as [string, string, string, string, string]
  if (/_module_perf\.parquet$/.test(file)) return { name, reason: 'times whole blocks, not ops' }
  const family = operatorFamilies.find((one) => one.file === file)
  if (family === undefined) return { name, reason: `no family of ops is known as "${file}"` }
  const gpu = systems[system] ?? system.replaceAll('_', '-')
  if (!catalog.list('gpu').includes(gpu)) return { name, reason: `no GPU is known as "${system}"` }
  return { family, gpu: catalog.gpu(gpu), engine, version, file: `${folder}/${name}`, name }
}
