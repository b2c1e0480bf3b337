/** Markup that needs no further escaping. */
export interface Html {
  readonly kind: 'html'
  readonly text: string
}

export function raw(text: string): Html {
  return { kind: 'html', text }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => entities[c])
}

type Part = Html | string | number | readonly Html[]

/** Tagged template: everything interpolated is escaped unless it is markup already, so that nothing from a study can become markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return raw(strings.map((s, i) => s + (i < parts.length ? markup(parts[i]) : '')).join(''))
}

function markup(part: Part): string {
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escapeHtml(part)
  return 'kind' in part ? part.text : part.map((p) => p.text).join('')
}

/** JSON that may stand inside a `<script>`: no character sequence in it can close the element or open a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
