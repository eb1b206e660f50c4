// A reader's way through the site: node browse.mjs PLAYWRIGHT CHROMIUM SITE PICTURES (a folder, or empty)
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [playwright, executablePath, site, pictures] = process.argv.slice(2)
const { chromium } = createRequire(import.meta.url)(playwright)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' })
const page = await context.newPage()
const seen = { complaints: [], requests: [], dialogs: 0 }
page.on('console', (message) => seen.complaints.push(`${message.type()}: ${message.text()}`))
page.on('pageerror', (error) => seen.complaints.push(String(error)))
page.on('dialog', (dialog) => { seen.dialogs += 1; dialog.dismiss() })
page.on('request', (request) => { if (!/^(file|data):/.test(request.url())) seen.requests.push(request.url()) })
const found = {}
const open = (path) => page.goto(pathToFileURL(join(site, path)).href)
const shot = async (name, full = false) => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: full })
}
const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
const options = () => page.locator('#results [role=option]').allInnerTexts()

// Search, with the keyboard alone.
await open('index.html')
found.title = await page.title()
await shot('index')
await page.keyboard.press('/')
found.focused = await page.evaluate(() => document.activeElement.id)
await page.keyboard.type('invoice')
found.options = await options()
found.expanded = await page.getAttribute('#query', 'aria-expanded')
found.first = await page.getAttribute('#query', 'aria-activedescendant')
await shot('search')
await page.keyboard.press('ArrowDown')
found.second = await page.getAttribute('#query', 'aria-activedescendant')
await page.keyboard.press('ArrowUp')
await page.keyboard.press('Enter')
await page.waitForURL('**/models/Invoice.html')
found.heading = await page.locator('h1').innerText()
await page.fill('#query', 'password_hash')
found.column = await options()
await page.fill('#query', 'zzzz')
found.nothing = await page.locator('#found').innerText()
await page.keyboard.press('Escape')
found.closed = await page.locator('#results').isHidden()
await page.fill('#query', '<img src=x onerror=alert(3)>')
await page.keyboard.press('Escape')

// Light, dark, and as the system; kept from page to page.
found.light = await ground()
await page.emulateMedia({ colorScheme: 'dark' })
found.dark = await ground()
await shot('dark')
await page.click('#theme')
found.chosenLight = await ground()
await open('models/User.html')
found.keptLight = await ground()
await page.click('#theme')
await page.emulateMedia({ colorScheme: 'light' })
found.chosenDark = await ground()
await shot('user-dark', true)
await page.click('#theme')
await shot('user', true)

// A box leads to its page; so does the keyboard.
await page.locator('.sheet a', { hasText: 'RefreshToken' }).first().click()
await page.waitForURL('**/models/RefreshToken.html')
await page.locator('.sheet a[href$="User.html"]').focus()
found.highlighted = await page.locator('.line.on').count()
await page.keyboard.press('Enter')
await page.waitForURL('**/models/User.html')

// Zoom.
const width = () => page.evaluate(() => document.querySelector('.sheet svg').getBoundingClientRect().width)
const before = await width()
await page.click('[data-zoom=in]')
found.zoom = await width() / before
await page.locator('.sheet').focus()
await page.keyboard.press('0')
found.fitted = await width() / before

// A narrow window needs no scrolling sideways; print gives pages.
await page.setViewportSize({ width: 380, height: 800 })
found.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
await shot('narrow')
await page.setViewportSize({ width: 1280, height: 900 })
const pdf = await page.pdf({ format: 'A4', printBackground: true, ...(pictures ? { path: join(pictures, 'user.pdf') } : {}) })
found.pdf = pdf.subarray(0, 5).toString()
found.pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length
await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
found.printed = await ground()
found.header = await page.locator('.top').isVisible()
await page.emulateMedia({ media: 'screen', colorScheme: 'light' })

// Without scripts everything can still be read.
const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
await plain.goto(pathToFileURL(join(site, 'models/User.html')).href)
found.plain = await plain.locator('tbody tr').count()

await browser.close()
process.stdout.write(JSON.stringify({ ...found, ...seen }))
