// Opens every page of a site, and erd.svg: node open_all.mjs PLAYWRIGHT CHROMIUM SITE
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [playwright, executablePath, site] = process.argv.slice(2)
const { chromium } = createRequire(import.meta.url)(playwright)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})
const page = await (await browser.newContext()).newPage()
const found = { complaints: [], requests: [], dialogs: 0, pages: 0, scripts: 0 }
page.on('console', (message) => found.complaints.push(`${page.url()}: ${message.text()}`))
page.on('pageerror', (error) => found.complaints.push(`${page.url()}: ${error}`))
page.on('dialog', (dialog) => { found.dialogs += 1; dialog.dismiss() })
page.on('request', (request) => { if (!/^(file|data):/.test(request.url())) found.requests.push(request.url()) })
const files = readdirSync(site, { recursive: true }).filter((name) => name.endsWith('.html')).sort()
for (const file of files) {
  await page.goto(pathToFileURL(join(site, file)).href)
  found.pages += 1
  found.scripts += await page.evaluate(() => document.scripts.length)
}
await page.goto(pathToFileURL(join(site, 'erd.svg')).href)
await browser.close()
process.stdout.write(JSON.stringify(found))
