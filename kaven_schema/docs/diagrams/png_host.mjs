// An SVG on standard input, the same as PNG on standard output: node png_host.mjs NODE_MODULES SCALE
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const [modules, scale] = process.argv.slice(2)
const { initWasm, Resvg } = await import(pathToFileURL(`${modules}/@resvg/resvg-wasm/index.mjs`))
await initWasm(await readFile(`${modules}/@resvg/resvg-wasm/index_bg.wasm`))
const fonts = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf']
const fontBuffers = await Promise.all(fonts.map((name) => readFile(`${modules}/dejavu-fonts-ttf/ttf/${name}`)))
const picture = new Resvg(await text(process.stdin), {
  font: { fontBuffers, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans Mono' },
  fitTo: { mode: 'zoom', value: Number(scale) },
})
process.stdout.write(picture.render().asPng())
