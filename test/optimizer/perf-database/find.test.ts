import { describe, expect, it } from 'vitest'
import { findTables } from '../../../optimizer/perf-database/find.ts'
import { openCatalog } from '../../../spaces/catalog.ts'
import { tablesFolder } from './folders.ts'

const find = (folder: string) => findTables(folder, openCatalog())

describe('a folder of operator tables', () => {
  it('has a GPU, a family, an engine and a version in the path of each table; what it has else is left out with its reason', () => {
    const { tables, leftOut } = find(
      tablesFolder({
        'h100_sxm/gemm/vllm/0.24.0/gemm_perf.parquet': '',
        'gb200/moe/trtllm/1.3.0rc20/moe_perf.parquet': '',
        'gb200/mla/vllm/0.24.0/mla_context_module_perf.parquet': '',
        'h900_sxm/gemm/vllm/0.24.0/gemm_perf.parquet': '',
        'h100_sxm/gemm/vllm/0.24.0/conv_perf.parquet': '',
        'gemm_perf.parquet': '',
        'h100_sxm/notes.txt': '',
      }),
    )
    expect(tables.map(({ gpu, family, engine, version }) => [gpu.id, family.name, engine, version])).toEqual([
      ['gb200-nvl72', 'MoE', 'trtllm', '1.3.0rc20'],
      ['h100-sxm', 'gemm', 'vllm', '0.24.0'],
    ])
    expect(leftOut).toEqual([
      { name: 'gb200/mla/vllm/0.24.0/mla_context_module_perf.parquet', reason: 'times whole blocks, not ops' },
      { name: 'gemm_perf.parquet', reason: 'is not at SYSTEM/FAMILY/ENGINE/VERSION/FILE' },
      { name: 'h100_sxm/gemm/vllm/0.24.0/conv_perf.parquet', reason: 'no family of ops is known as "conv_perf.parquet"' },
      { name: 'h900_sxm/gemm/vllm/0.24.0/gemm_perf.parquet', reason: 'no GPU is known as "h900_sxm"' },
    ])
  })

  it('is refused in one line where it cannot be read or has no table', () => {
    expect(() => find('/nowhere')).toThrow(/^\/nowhere: no such file/)
    expect(() => find(tablesFolder({ 'a.txt': '' }))).toThrow(/holds no parquet file \(the layout is SYSTEM\/FAMILY/)
    const unknown = tablesFolder({ 'h900_sxm/gemm/vllm/1/gemm_perf.parquet': '' })
    expect(() => find(unknown)).toThrow('holds no table that is known: no GPU is known as "h900_sxm"')
  })
})
