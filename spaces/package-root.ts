import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Folder of package.json with a trailing slash, from the sources and from the build alike: data files lie at fixed places below it. */
export function packageRoot(): URL {
  let folder = new URL('./', import.meta.url)
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('../', folder)
    if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`)
    folder = parent
  }
  return folder
}

/** A data file of the package, by its path below the package's root. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, packageRoot()))
}
