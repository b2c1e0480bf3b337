import { type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { InputError } from '../../spaces/issue.ts'
import { readBytes } from '../../spaces/read.ts'

/** A parquet file whose footer was read. */
export interface ParquetFile {
  readonly path: string
  readonly bytes: ArrayBuffer
  readonly metadata: FileMetaData
  readonly rows: number
  readonly columns: readonly string[]
}

/** Columns of a table by name, each with a value for every row. */
export type Columns = ReadonlyMap<string, ArrayLike<unknown>>

/** InputError where the file cannot be read or is no parquet file: cut short, or something else. */
export function openParquet(path: string): ParquetFile {
  const bytes = new Uint8Array(readBytes(path)).buffer
  const metadata = footer(path, bytes)
  const columns = metadata.schema.filter(({ type }) => type !== undefined).map(({ name }) => name)
  return { path, bytes, metadata, rows: Number(metadata.num_rows), columns }
}

/** The values of some of its columns; InputError where a page cannot be decoded. */
export async function readColumns({ path, bytes, metadata }: ParquetFile, columns: readonly string[]): Promise<Columns> {
  const chunks = new Map<string, ArrayLike<unknown>[]>(columns.map((name) => [name, []]))
  try {
    await parquetRead({
      file: bytes,
      metadata,
      compressors,
      columns: [...columns],
      onChunk: ({ columnName, columnData }) => {
        chunks.get(columnName)!.push(columnData)
      },
    })
  } catch (error) {
    throw broken(path, error)
  }
  return new Map([...chunks].map(([name, parts]) => [name, parts.length === 1 ? parts[0]! : parts.flatMap((part) => Array.from(part))]))
}

function footer(path: string, bytes: ArrayBuffer): FileMetaData {
  try {
    return parquetMetadata(bytes)
  } catch (error) {
    throw broken(path, error)
  }
}

function broken(file: string, error: unknown): InputError {
  const words = error instanceof Error ? error.message : String(error)
  return new InputError({ path: '', code: 'unreadable', message: `cannot be read as parquet: ${words}`, file })
}
