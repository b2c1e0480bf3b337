import type { PageData } from './page-data.ts'
import { figure, type Trace } from './traces.ts'
import { unpack } from './unpack.ts'

/** The parts of plotly.js this page uses; the library is embedded beside this script. */
interface PlotlyLike {
  react(element: HTMLElement, traces: readonly Trace[], layout: object, config: object): Promise<unknown>
}

declare const Plotly: PlotlyLike

const config = {
  responsive: true,
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: '',
  modeBarButtonsToRemove: ['lasso2d', 'select2d'],
}

async function main(): Promise<void> {
  const data = JSON.parse(element('data').textContent ?? '') as PageData
  const table = await unpack(data)
  const plot = element('plot')
  const xAxis = element('x-axis') as HTMLSelectElement
  const yAxis = element('y-axis') as HTMLSelectElement
  const feasibleOnly = element('feasible-only') as HTMLInputElement
  const linear = element('linear') as HTMLInputElement
  for (const select of [xAxis, yAxis])
    select.replaceChildren(...data.axes.filter((a) => a.labels === undefined).map((a) => option(a.name, a.doc)))
  xAxis.value = data.objectives[0]
  yAxis.value = data.objectives[1]
  const draw = () => {
    const { traces, layout } = figure(data, table, {
      x: xAxis.value,
      y: yAxis.value,
      feasibleOnly: feasibleOnly.checked,
      log: !linear.checked,
    })
    return Plotly.react(plot, traces, layout, config)
  }
  for (const control of [xAxis, yAxis, feasibleOnly, linear]) control.addEventListener('change', draw)
  await draw()
  // Tests and screenshots wait for this.
  document.body.dataset.ready = 'true'
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page lacks #${id}`)
  return found
}

function option(name: string, doc: string): HTMLOptionElement {
  const made = new Option(name, name)
  made.title = doc
  return made
}

main()
