#!/usr/bin/env python3
"""Uses a page to draw on (draw.html) in headless Chromium, as a person does, and compares its answers with `clenet predict`.

look_at_draw.py same CHROMIUM PAGE CLENET MODEL PICTURE...     drops the pictures on the page: the same probabilities
look_at_draw.py try CHROMIUM PAGE CLENET MODEL                 draws a digit: there is an answer, and nothing in the console
look_at_draw.py picture CHROMIUM PAGE CLENET MODEL FILE.png    the picture of docs/images: a 9 that is nearly a 4
look_at_draw.py use CHROMIUM PAGE CLENET MODEL [FOLDER]        draws 50 digits by mouse, pen and finger, and tries keys, buttons, widths
                                                               and colours, offline; FOLDER: screenshots go there
Everything that is wrong is printed; status 1 if there is something."""
import base64, json, os, subprocess, sys, tempfile, time

from look_at_page import Browser

NEAR = 1e-4        # of a probability
LEAST_RIGHT = 45   # of 50
MILLISECONDS = 300 # for an answer, on a very busy machine; 8 were measured on one less busy

# Digits as strokes of points on the board; not those of "Show me".
SHAPES = {
    0: [[(.5, .18), (.38, .24), (.31, .38), (.3, .55), (.35, .72), (.47, .82), (.6, .78), (.69, .62), (.69, .42), (.62, .25), (.5, .18)]],
    1: [[(.52, .18), (.51, .4), (.5, .6), (.49, .83)]],
    2: [[(.33, .3), (.42, .2), (.55, .2), (.64, .3), (.62, .43), (.52, .56), (.4, .69), (.31, .8), (.5, .8), (.7, .8)]],
    3: [[(.35, .22), (.5, .18), (.63, .25), (.63, .38), (.52, .47), (.45, .48), (.58, .51), (.67, .62), (.63, .75), (.5, .83), (.34, .79)]],
    4: [[(.42, .18), (.37, .36), (.33, .53), (.5, .53), (.7, .52)], [(.62, .3), (.6, .55), (.58, .83)]],
    5: [[(.66, .2), (.42, .2), (.4, .34), (.38, .47), (.5, .43), (.63, .5), (.67, .63), (.6, .76), (.47, .82), (.33, .78)]],
    6: [[(.6, .18), (.46, .3), (.37, .48), (.35, .66), (.43, .79), (.56, .8), (.65, .7), (.62, .58), (.5, .55), (.38, .65)]],
    7: [[(.3, .22), (.5, .22), (.69, .21), (.6, .42), (.52, .6), (.45, .83)]],
    8: [[(.61, .26), (.5, .18), (.39, .25), (.42, .38), (.52, .48), (.63, .6), (.61, .76), (.5, .83), (.38, .75), (.38, .62), (.5, .5),
         (.6, .38), (.61, .27)]],
    9: [[(.64, .32), (.54, .2), (.42, .23), (.36, .35), (.42, .47), (.55, .46), (.63, .36), (.63, .5), (.6, .66), (.57, .83)]],
}
NEARLY_FOUR = [(.46, .22), (.43, .24), (.38, .32), (.37, .41), (.42, .46), (.5, .47), (.58, .44), (.63, .37), (.635, .27), (.633, .42),
               (.615, .62), (.59, .73), (.57, .83)]
VARIATIONS = [(0, 0, 1, 0), (.07, -.05, .85, .08), (-.08, .06, .75, .16), (.02, .03, 1.1, -.06), (.1, .1, .6, .1)]  # shift, size, slant

LOOK = """(() => {
  const rgb = text => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
  const light = c => { const [r, g, b] = rgb(c).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = getComputedStyle(document.body).backgroundColor;
  const contrast = e => { const a = light(getComputedStyle(e).color), b = light(ground);
                          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
  const shown = e => e.offsetParent !== null;
  const all = (names) => [...document.querySelectorAll(names)].filter(shown);
  return {wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, light: light(ground),
    bars: all('.bars li').length, best: all('.bars .best').length,
    glyph: document.getElementById('glyph').textContent, said: document.getElementById('said').textContent,
    waiting: all('#waiting').map(e => e.textContent).join(), invited: all('.invitation').length,
    contrast: Math.min(...all('h1,h2,h3,p,li .name,li .percent,button:enabled,label').map(contrast)),
    small: all('button:not(.maps button),label').filter(e => e.getBoundingClientRect().height < 43).length,
    nameless: all('button,input,canvas[tabindex]').filter(e => !(e.textContent.trim() || e.getAttribute('aria-label'))).length,
    cut: all('h1,h2,h3,p,button,label,li').filter(e => { const b = e.getBoundingClientRect(); return b.left < -0.5 || b.right > innerWidth + 0.5; })
      .map(e => e.textContent.slice(0, 30)),
    overlapping: all('.show').filter(e => e.firstElementChild.getBoundingClientRect().bottom > e.getBoundingClientRect().bottom + 1).length,
    h1: document.querySelectorAll('h1').length, steps: all('.steps > li').length, undo: !document.getElementById('undo').disabled};
})()"""


class Page:
    """The page in a browser, and what is wrong with it."""

    def __init__(self, chromium, path, folder):
        self.address, self.faults = "file://" + os.path.abspath(path), []
        self.browser = Browser(chromium, folder)
        target = self.browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self.browser.session = self.browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.browser.ask(domain + ".enable")
        self.browser.ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)

    def open(self, width, height, scheme, motion="no-preference"):
        self.browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.browser.ask("Emulation.setTouchEmulationEnabled", enabled=width < 500)
        self.browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                                 {"name": "prefers-reduced-motion", "value": motion}])
        self.browser.ask("Page.navigate", url=self.address)
        self.browser.wait("Page.loadEventFired")
        self.listen()

    def close(self):
        self.listen()
        self.browser.session = None
        self.browser.ask("Browser.close")
        self.browser.process.wait(30)

    def listen(self):
        """Takes down what the console said, and what was requested."""
        for event in self.browser.events:
            method, values = event.get("method"), event.get("params", {})
            if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                self.faults.append("the console has " + json.dumps(values)[:500])
            if method == "Network.requestWillBeSent":
                url = values["request"]["url"]
                if url != self.address and not url.startswith("data:"):
                    self.faults.append("a request to " + url[:200])
        self.browser.events.clear()

    def run(self, script):
        answer = self.browser.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{script[:60]}: {json.dumps(answer['exceptionDetails'])[:500]}")
        return answer["result"].get("value")

    def check(self, holds, what):
        if not holds:
            self.faults.append(what)

    def wait_for(self, condition, what, seconds=20):
        end = time.monotonic() + seconds
        while not self.run(condition):
            if time.monotonic() > end:
                raise SystemExit(f"waited {seconds} seconds for {what}")
            time.sleep(0.01)

    def settle(self):
        """Until the page has shown what was done."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def shoot(self, folder, name):
        if folder:
            shot = self.browser.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
            with open(f"{folder}/{name}.png", "wb") as file:
                file.write(base64.b64decode(shot))

    # ---- hands ----

    def send(self, method, **parameters):
        """Asks without waiting for the answer: a hand does not wait either."""
        self.browser.number += 1
        message = {"id": self.browser.number, "method": method, "params": parameters, "sessionId": self.browser.session}
        os.write(self.browser.to, json.dumps(message).encode() + b"\0")

    def draw(self, strokes, tool):
        box = self.run("(() => { const b = board.getBoundingClientRect(); return [b.left, b.top, b.width]; })()")
        for stroke in strokes:
            points = [(box[0] + x * box[2], box[1] + y * box[2]) for x, y in fill(stroke)]
            for i, (x, y) in enumerate(points + points[-1:]):
                at = 0 if i == 0 else 2 if i == len(points) else 1
                if tool == "touch":
                    kind = ("touchStart", "touchMove", "touchEnd")[at]
                    self.send("Input.dispatchTouchEvent", type=kind, touchPoints=[] if at == 2 else [{"x": x, "y": y}])
                else:
                    kind = ("mousePressed", "mouseMoved", "mouseReleased")[at]
                    self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=0 if at == 2 else 1, clickCount=1,
                              pointerType=tool)
        self.run("0")
        self.wait_for("!page.drawing && !page.due", "the end of a stroke")
        self.settle()

    def press(self, key, control=False):
        code = key.upper() if len(key) == 1 else key
        numbers = {"Escape": 27, "Delete": 46, "Tab": 9, "Enter": 13}
        for kind in ("keyDown", "keyUp"):
            self.browser.ask("Input.dispatchKeyEvent", type=kind, key=key, code=("Key" if key.isalpha() and len(key) == 1 else "") + code,
                             modifiers=2 if control else 0, windowsVirtualKeyCode=numbers.get(key, ord(code[0])))
        self.settle()

    def drop(self, path):
        """Drops a file on the board; returns the probabilities, or None if nothing was read."""
        self.run("page.probabilities = undefined")
        data = {"items": [], "files": [os.path.abspath(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.browser.ask("Input.dispatchDragEvent", type=kind, x=150, y=250, data=data)
        self.wait_for("page.probabilities !== undefined", f"an answer to {path}")
        return self.run("page.probabilities && [...page.probabilities]")


def fill(stroke):
    """The stroke with points between its points, on a curve through them (Catmull and Rom), as a hand leaves them."""
    points, ends = [stroke[0]], [stroke[0], *stroke, stroke[-1]]
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:]):
        for t in (.25, .5, .75, 1):
            points.append(tuple(.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t ** 3)
                                for p, q, r, s in zip(a, b, c, d)))
    return points


def vary(strokes, right, down, size, slant):
    return [[(.5 + right + size * (x - .5 - slant * (y - .5)), .5 + down + size * (y - .5)) for x, y in stroke] for stroke in strokes]


def predict(clenet, model, pictures, *options):
    """What the command answers: probabilities of each picture, None if it read nothing."""
    said = subprocess.run([clenet, "predict", model, *pictures, "--json", "--device", "cpu", "--quiet", *options], capture_output=True)
    return [answer.get("probabilities") for answer in json.loads(said.stdout)["pictures"]]


def compare(page, name, own, wanted):
    if (own is None) != (wanted is None):
        page.faults.append(f"{name}: the page has {own}, clenet predict {wanted}")
    elif own is not None:
        most = max(abs(a - b) for a, b in zip(own, wanted))
        page.check(len(own) == len(wanted) and most <= NEAR, f"{name}: probabilities differ by {most:g}: {own}, {wanted}")


def same(page, clenet, model, pictures):
    page.open(1280, 900, "light")
    scaled = page.run("own")
    for path, wanted in zip(pictures, predict(clenet, model, pictures, *([] if scaled else ["--digits", "1"]))):
        compare(page, path, page.drop(path), wanted)
    print(f"{len(pictures)} pictures dropped")


def look(page, what, scheme, bars):
    seen = page.run(LOOK)
    wanted = [(seen["wide"] <= 0, "it scrolls sideways"), (seen["light"] < 0.2 if scheme == "dark" else seen["light"] > 0.8, "the scheme"),
              (seen["bars"] == bars and seen["best"] == min(bars, 1), "bars"), (seen["contrast"] >= 4.5, "contrast"),
              (seen["small"] == 0, "buttons too small for a finger"), (seen["nameless"] == 0, "a control without a name"),
              (not seen["cut"], "text beyond the edge"), (seen["overlapping"] == 0, "pictures over texts"),
              (seen["h1"] == 1 and seen["steps"] >= 5, "headings and steps"), (seen["invited"] == (bars == 0), "the invitation")]
    page.faults += [f"{what}: {fault}: {seen}" for holds, fault in wanted if not holds]
    return seen


def draw_all(page, clenet, model, folder):
    """50 digits; what a drawing became is read by the command, too."""
    right, pictures, answers = 0, [], []
    for number, variation in enumerate(VARIATIONS):
        tool = ("mouse", "pen", "mouse", "pen", "touch")[number]
        page.open(*((360, 740) if tool == "touch" else (1280, 900)), "light")
        for digit, strokes in SHAPES.items():
            page.press("Escape")
            page.draw(vary(strokes, *variation), tool)
            right += page.run("byId('glyph').textContent") == str(digit)
            if number % 2 == 0:
                pictures.append(f"{folder}/drawn-{number}-{digit}.png")
                answers.append(page.run("[...page.probabilities]"))
                with open(pictures[-1], "wb") as file:
                    file.write(base64.b64decode(page.run("drawingContext.canvas.toDataURL()").split(",")[1]))
    for path, own, wanted in zip(pictures, answers, predict(clenet, model, pictures, "--digits", "1")):
        compare(page, path, own, wanted)
    print(f"{right} of 50 drawn digits are read right")
    page.check(right >= LEAST_RIGHT, f"only {right} of 50 drawn digits are read right")


def try_controls(page, folder):
    page.open(1280, 900, "light", "reduce")
    page.check(not look(page, "empty", "light", 0)["undo"], "something to undo on an empty board")
    page.draw(SHAPES[7], "mouse")
    took = page.run("Math.min(...Array.from({length: 15}, () => { const begun = performance.now(); answerOf(); return performance.now() - begun; }))")
    print(f"an answer took {took:.1f} ms")
    page.check(took < MILLISECONDS, f"an answer took {took} ms")
    page.wait_for("byId('said').textContent.startsWith('It reads a 7, ')", "the answer in words")
    page.press("Escape")
    look(page, "cleared", "light", 0)
    page.press("z", control=True)
    page.check(look(page, "restored", "light", 10)["glyph"] == "7", "Ctrl+Z does not restore the drawing")
    page.press("z", control=True)
    look(page, "all undone", "light", 0)
    for digit in range(10):
        page.press(str(digit))
        page.wait_for(f"byId('glyph').textContent === '{digit}'", f"the example of {digit}", 5)
    page.press("Delete")
    look(page, "deleted", "light", 0)
    reached = {page.run("board.focus(), document.activeElement.id")}
    for _ in range(4):
        page.press("Tab")
        reached.add(page.run("document.activeElement.id"))
    page.check({"board", "undo", "example", "file"} <= reached, f"the Tab key reaches {reached} only")
    page.draw([[(.5, .5)]], "mouse")  # a dot
    page.check(page.run("page.strokes.length") == 1, "a dot is not drawn")
    page.run("document.querySelectorAll('.maps button')[2].click()")
    page.check(page.run("byId('large').open"), "a map does not open")
    page.settle()
    page.shoot(folder, "large")
    page.press("Escape")
    page.check(page.run("!byId('large').open && !isEmpty()"), "Escape in a dialog clears the drawing")
    with open("no-picture.png", "w", encoding="utf-8") as file:
        file.write("no picture")
    page.check(page.drop("no-picture.png") is None and "cannot open" in page.run(LOOK)["waiting"], "a file that is no picture")


def use(page, clenet, model, folder):
    with tempfile.TemporaryDirectory() as drawn:
        draw_all(page, clenet, model, drawn)
    try_controls(page, folder)
    for width, height in ((1280, 900), (768, 1000), (360, 740)):
        for scheme in ("light", "dark"):
            page.open(width, height, scheme, "no-preference" if folder else "reduce")
            look(page, f"{width} wide, {scheme}, empty", scheme, 0)
            page.shoot(folder, f"{width}-{scheme}-empty")
            page.draw(SHAPES[3], "mouse")
            page.wait_for("!replaying()", "the end of the replay")
            look(page, f"{width} wide, {scheme}", scheme, 10)
            page.shoot(folder, f"{width}-{scheme}")


def main():
    mode, chromium, path, clenet, model, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page = Page(chromium, path, folder)
        if mode == "same":
            same(page, clenet, model, rest)
        elif mode == "try":
            page.open(360, 740, "dark")
            page.draw(SHAPES[4], "touch")
            page.check(page.run(LOOK)["bars"] == 10, "no answer")
        elif mode == "picture":
            page.browser.ask("Emulation.setScrollbarsHidden", hidden=True)
            page.open(1200, 1120, "light", "reduce")
            page.draw([NEARLY_FOUR], "mouse")
            print(page.run("byId('glyph').textContent + ': ' + byId('sure').textContent"))
            shot = page.browser.ask("Page.captureScreenshot")["data"]
            with open(rest[0], "wb") as file:
                file.write(base64.b64decode(shot))
        else:
            use(page, clenet, model, rest[0] if rest else None)
        page.close()
    for fault in page.faults:
        print(fault)
    sys.exit(bool(page.faults))


if __name__ == "__main__":
    main()
