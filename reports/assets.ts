import { existsSync, readFileSync } from 'node:fs'
import { packageRoot } from '../spaces/package-root.ts'

/** Scripts a report embeds, made by `npm run build`: minified plotly.js and our own page code. */
export interface PageAssets {
  readonly plotly: string
  readonly client: string
}

export function loadPageAssets(): PageAssets {
  return { plotly: asset('plotly.min.js'), client: asset('client.min.js') }
}

function asset(name: string): string {
  const file = new URL(`dist/reports/${name}`, packageRoot())
  if (!existsSync(file)) throw new Error(`missing ${file.pathname}: run \`npm run build\``)
  return readFileSync(file, 'utf8')
}
