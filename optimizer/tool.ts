import { fileURLToPath } from 'node:url'
import { packageRoot } from '../spaces/package-root.ts'
import { readJson } from '../spaces/read.ts'

/** Version of this package, which every result names. */
export function toolVersion(): string {
  const { version } = readJson(fileURLToPath(new URL('package.json', packageRoot()))) as { readonly version: string }
  return version
}
