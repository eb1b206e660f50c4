// Graphviz for kaven: one JSON text a line in ({id, dot, engine}), one a line out ({id, …} or {id, error}).
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const { Graphviz } = await import(pathToFileURL(process.argv[2]))
let graphviz = await Graphviz.load()

const numbers = (text) => text.split(',').map(Number)

function placed(dot, engine) {
  const layout = JSON.parse(graphviz.layout(dot, 'json0', engine))
  const [left, bottom, right, top] = numbers(layout.bb)
  const moved = ([x, y]) => [x - left, y - bottom]
  const nodes = []
  const frames = []
  for (const object of layout.objects ?? []) {
    const number = Number(object.name.replace(/^\D+/, ''))
    if (object.name.startsWith('cluster_')) {
      const [x1, y1, x2, y2] = numbers(object.bb)
      frames[number] = [...moved([x1, y1]), ...moved([x2, y2])]
    } else nodes[number] = moved(numbers(object.pos))
  }
  const edges = (layout.edges ?? []).map((edge) => {
    const points = edge.pos.split(' ').filter((part) => !/^[es]/.test(part)).map(numbers).map(moved)
    return points
  })
  return { size: [right - left, top - bottom], nodes, frames, edges }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, dot, engine } = JSON.parse(line)
  let answer
  try {
    answer = placed(dot, engine)
  } catch (error) {
    answer = { error: String(error?.message ?? error) }
    graphviz = await Graphviz.load()
  }
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`)
}
