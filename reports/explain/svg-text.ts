/** SVG neither wraps nor clips text: the letters that surely fit are counted instead. */
export function clip(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1)).trimEnd()}…`
}
