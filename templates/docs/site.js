// Theme, search, diagrams. Everything also reads well without it.
(function () {
  'use strict'
  var root = document.documentElement
  var themes = ['auto', 'light', 'dark']

  function stored() {
    try { return localStorage.getItem('kaven-theme') } catch (error) { return null }
  }
  function applyTheme(theme) {
    if (theme === 'auto') root.removeAttribute('data-theme')
    else root.setAttribute('data-theme', theme)
  }
  var theme = themes.indexOf(stored()) < 0 ? 'auto' : stored()
  applyTheme(theme)

  function themeSwitch() {
    var button = document.getElementById('theme')
    var signs = { auto: '◐', light: '☀', dark: '☾' }
    function show() {
      button.setAttribute('aria-label', 'Theme: ' + (theme === 'auto' ? 'as the system' : theme))
      button.innerHTML = signs[theme] + ' <span>' + theme + '</span>'
    }
    button.addEventListener('click', function () {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length]
      applyTheme(theme)
      try { localStorage.setItem('kaven-theme', theme) } catch (error) { /* not kept, then */ }
      show()
    })
    show()
  }

  // --- search ---------------------------------------------------------------------------------------------------

  function rank(entry, words) {
    var name = entry[1].toLowerCase()
    var more = (entry[3] || '').toLowerCase()
    var last = name.split('.').pop()
    var total = 0
    for (var index = 0; index < words.length; index++) {
      var word = words[index]
      if (last === word || name === word) total += 100
      else if (last.indexOf(word) === 0 || name.indexOf(word) === 0) total += 60
      else if (name.indexOf(word) >= 0) total += 30
      else if (more.indexOf(word) >= 0) total += 8
      else return 0
    }
    return total + { model: 6, enum: 5, area: 4, field: 2, value: 0 }[entry[0]] - name.length / 100
  }
  function find(text) {
    var words = text.toLowerCase().split(/\s+/).filter(Boolean)
    if (!words.length) return []
    return (window.kavenIndex || [])
      .map(function (entry, place) { return [rank(entry, words), place, entry] })
      .filter(function (found) { return found[0] > 0 })
      .sort(function (one, other) { return other[0] - one[0] || one[1] - other[1] })
      .slice(0, 30)
      .map(function (found) { return found[2] })
  }
  function search() {
    var input = document.getElementById('query')
    var list = document.getElementById('results')
    var said = document.getElementById('found')
    var chosen = -1
    var base = document.body.getAttribute('data-root')

    function close() {
      list.hidden = true
      chosen = -1
      input.setAttribute('aria-expanded', 'false')
      input.removeAttribute('aria-activedescendant')
    }
    function option(entry, number) {
      var item = document.createElement('li')
      var link = document.createElement('a')
      var kind = document.createElement('span')
      var about = document.createElement('small')
      item.id = 'result-' + number
      item.setAttribute('role', 'option')
      item.setAttribute('aria-selected', 'false')
      kind.className = 'kind'
      kind.textContent = entry[0]
      link.href = base + entry[2]
      link.tabIndex = -1
      link.textContent = entry[1]
      about.textContent = entry[3] || ''
      link.insertBefore(kind, link.firstChild)
      link.appendChild(about)
      item.appendChild(link)
      return item
    }
    function show() {
      var found = find(input.value)
      list.textContent = ''
      chosen = -1
      found.forEach(function (entry, number) { list.appendChild(option(entry, number)) })
      said.textContent = input.value.trim() ? (found.length ? found.length + ' results' : 'Nothing found') : ''
      if (!found.length && input.value.trim()) {
        var none = document.createElement('li')
        none.className = 'none'
        none.textContent = 'Nothing found'
        list.appendChild(none)
      }
      list.hidden = !input.value.trim()
      input.setAttribute('aria-expanded', String(!list.hidden))
      if (found.length) choose(0)
    }
    function choose(number) {
      var items = list.querySelectorAll('[role=option]')
      if (!items.length) return
      if (items[chosen]) items[chosen].setAttribute('aria-selected', 'false')
      chosen = (number + items.length) % items.length
      items[chosen].setAttribute('aria-selected', 'true')
      items[chosen].scrollIntoView({ block: 'nearest' })
      input.setAttribute('aria-activedescendant', items[chosen].id)
    }
    input.addEventListener('input', show)
    input.addEventListener('focus', function () { if (input.value) show() })
    input.addEventListener('keydown', function (event) {
      if (event.key === 'ArrowDown') { choose(chosen + 1); event.preventDefault() }
      else if (event.key === 'ArrowUp') { choose(chosen - 1); event.preventDefault() }
      else if (event.key === 'Escape') { input.value = ''; close() }
      else if (event.key === 'Enter') {
        var item = list.querySelectorAll('[role=option]')[chosen]
        if (item) { close(); location.href = item.firstChild.href }
      }
    })
    document.addEventListener('click', function (event) {
      if (!event.target.closest('.search')) close()
    })
    document.addEventListener('keydown', function (event) {
      var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)
      if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) { input.focus(); event.preventDefault() }
    })
  }

  // --- diagrams -------------------------------------------------------------------------------------------------

  function viewer(figure) {
    var sheet = figure.querySelector('.sheet')
    var svg = sheet.querySelector('svg')
    var width = svg.viewBox.baseVal.width
    var height = svg.viewBox.baseVal.height
    var scale = 1

    function zoom(next, x, y) {
      var before = scale
      var left = x === undefined ? sheet.clientWidth / 2 : x
      var top = y === undefined ? sheet.clientHeight / 2 : y
      scale = Math.max(0.05, Math.min(4, next))
      svg.style.maxWidth = 'none'
      svg.style.width = width * scale + 'px'
      svg.style.height = height * scale + 'px'
      sheet.scrollLeft = (sheet.scrollLeft + left) * (scale / before) - left
      sheet.scrollTop = (sheet.scrollTop + top) * (scale / before) - top
    }
    function fit() {
      zoom(Math.min(1, (sheet.clientWidth - 2) / width))
      sheet.scrollLeft = sheet.scrollTop = 0
    }
    figure.querySelector('.tools').addEventListener('click', function (event) {
      var what = event.target.getAttribute('data-zoom')
      if (what === 'in') zoom(scale * 1.25)
      else if (what === 'out') zoom(scale / 1.25)
      else if (what === 'one') zoom(1)
      else if (what === 'fit') fit()
    })
    sheet.addEventListener('wheel', function (event) {
      if (!event.ctrlKey && !event.metaKey) return
      var place = sheet.getBoundingClientRect()
      zoom(scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15), event.clientX - place.left, event.clientY - place.top)
      event.preventDefault()
    }, { passive: false })
    sheet.addEventListener('keydown', function (event) {
      if (event.key === '+' || event.key === '=') zoom(scale * 1.25)
      else if (event.key === '-') zoom(scale / 1.25)
      else if (event.key === '0') fit()
    })
    drag(sheet)
    highlight(svg)
    window.addEventListener('beforeprint', function () { svg.removeAttribute('style') })
    window.addEventListener('afterprint', function () { zoom(scale) })
    fit()
  }
  function drag(sheet) {
    var from = null
    var moved = false
    sheet.addEventListener('pointerdown', function (event) {
      if (event.button || event.pointerType === 'touch') return
      from = [event.clientX + sheet.scrollLeft, event.clientY + sheet.scrollTop]
      moved = false
    })
    sheet.addEventListener('dragstart', function (event) { event.preventDefault() })
    window.addEventListener('pointermove', function (event) {
      if (!from) return
      var x = from[0] - event.clientX
      var y = from[1] - event.clientY
      if (Math.abs(x - sheet.scrollLeft) + Math.abs(y - sheet.scrollTop) > 4) moved = true
      if (moved) { sheet.scrollLeft = x; sheet.scrollTop = y; sheet.classList.add('moving') }
    })
    window.addEventListener('pointerup', function () { from = null; sheet.classList.remove('moving') })
    sheet.addEventListener('click', function (event) { if (moved) event.preventDefault(); moved = false }, true)
  }
  function highlight(svg) {
    function mark(name) {
      svg.querySelectorAll('.line[data-models]').forEach(function (line) {
        var on = name && line.getAttribute('data-models').split(' ').indexOf(name) >= 0
        line.classList.toggle('on', Boolean(on))
      })
    }
    svg.querySelectorAll('.model').forEach(function (box) {
      var name = box.getAttribute('data-model')
      var target = box.closest('a') || box
      target.addEventListener('mouseenter', function () { mark(name) })
      target.addEventListener('mouseleave', function () { mark('') })
      target.addEventListener('focus', function () { mark(name) })
      target.addEventListener('blur', function () { mark('') })
    })
  }

  function copying(button) {
    button.addEventListener('click', function () {
      var text = button.parentNode.querySelector('code').textContent
      function said(word) { button.textContent = word; setTimeout(function () { button.textContent = 'Copy' }, 1500) }
      function select() {
        var range = document.createRange()
        range.selectNodeContents(button.parentNode.querySelector('code'))
        getSelection().removeAllRanges()
        getSelection().addRange(range)
        said(document.execCommand('copy') ? 'Copied' : 'Selected')
      }
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(function () { said('Copied') }, select)
      else select()
    })
  }

  document.addEventListener('DOMContentLoaded', function () {
    themeSwitch()
    search()
    document.querySelectorAll('.viewer').forEach(viewer)
    document.querySelectorAll('[data-copy]').forEach(copying)
  })
})()
