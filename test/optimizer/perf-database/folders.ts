import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { emptyFolder, write } from '../../e2e/run.ts'

/** A folder with these files, each with that text or copied from that path. */
export function tablesFolder(files: Readonly<Record<string, string | { readonly from: string }>>): string {
  const folder = emptyFolder()
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    if (typeof content === 'string') write(folder, name, content)
    else cpSync(content.from, join(folder, name))
  }
  return folder
}
