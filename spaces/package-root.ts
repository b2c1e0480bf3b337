import { existsSync } from 'node:fs'

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
