/** Style sheet of a report page. */
export const pageStyle = `
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --tint: #f6f8fa; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink); background: #fff; }
header { padding: 20px 28px 12px; background: var(--tint); border-bottom: 1px solid var(--line); }
main { padding: 8px 28px 40px; max-width: 1500px; }
h1 { margin: 0 0 10px; font-size: 22px; }
h2 { margin: 26px 0 8px; font-size: 17px; }
h3 { margin: 0; font-size: 13px; color: var(--accent); text-transform: uppercase; letter-spacing: .04em; }
dl { display: flex; flex-wrap: wrap; gap: 6px 28px; margin: 0; }
dt { font-size: 11px; color: var(--soft); text-transform: uppercase; letter-spacing: .04em; }
dd { margin: 0; }
.note { margin: 14px 0 0; padding: 8px 12px; border-left: 4px solid #e69f00; background: #fff8e6; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 14px; }
.cards article { padding: 12px 16px; border: 1px solid var(--line); border-radius: 6px; }
.cards p { margin: 4px 0; }
.cards .layout { font-size: 18px; font-weight: 600; }
code { font: 12px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 20px; margin: 0 0 4px; color: var(--soft); }
.controls select { font: inherit; }
.hint { margin: 0 0 4px; font-size: 12px; color: var(--soft); }
#plot { width: 100%; height: 600px; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child, .reasons td:last-child, .reasons th:last-child { text-align: left; }
.reasons td:last-child { white-space: normal; padding-left: 16px; }
`
