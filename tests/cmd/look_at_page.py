#!/usr/bin/env python3
"""Opens a page in headless Chromium, at the widths of a desktop and a telephone, light and dark, and looks at it as a reader's
browser does: anything in the console, any request, horizontal scrolling, figures that do not show, missing headings and texts in
place of pictures, text beyond the edge, figures with letters too small to read, figures that do not follow light and dark, and text
of too little contrast are reported; status 1 if there is one. A printed page must be light, and have at most PAGES_MOST pages.

look_at_page.py CHROMIUM PAGE.html FIGURES [FOLDER]    FIGURES: how many it has; FOLDER: screenshots go there"""
import base64, json, os, re, subprocess, sys, tempfile

LETTERS_LEAST = 10.9  # pixels, of a figure
PAGES_MOST = 7

LOOK = """(() => {
  const rgb = text => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
  const light = c => { const [r, g, b] = rgb(c).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = getComputedStyle(document.body).backgroundColor;
  const contrast = e => { const a = light(getComputedStyle(e).color), b = light(ground);
                          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
  const figures = [...document.querySelectorAll('figure svg')];
  const letters = f => { const scale = f.getBoundingClientRect().width / f.viewBox.baseVal.width;
                         return [...f.querySelectorAll('text')].map(t => scale * parseFloat(getComputedStyle(t).fontSize)); };
  return {wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    figures: figures.length, blank: figures.filter(f => f.getBoundingClientRect().width < 50 || f.childElementCount < 5).length,
    silent: figures.filter(f => (f.getAttribute('aria-label') || '').length < 20
      || !(f.parentElement.getAttribute('aria-label') && f.parentElement.tabIndex == 0)).length,
    grounds: figures.map(f => light(getComputedStyle(f.querySelector('.f-ground')).fill)),
    styles: document.querySelectorAll('[style]').length,
    links: [...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.getAttribute('href'))).length,
    h1: document.querySelectorAll('h1').length, h2: document.querySelectorAll('h2').length,
    result: parseFloat(getComputedStyle(document.querySelector('#result h2')).fontSize),
    contrast: Math.min(...[...document.querySelectorAll('h1,h2,h3,p,td,th,dt,dd,span,caption,figcaption,summary')].map(contrast)),
    light: light(ground),
    letters: Math.min(99, ...figures.flatMap(letters)),
    cut: [...document.querySelectorAll('h1,h2,h3,p,caption,figcaption,summary,dt,dd,pre,nav a')].filter(e => {
      const box = e.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth; }).map(e => e.textContent.slice(0, 40))};
})()"""


class Browser:
    def __init__(self, command, folder):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        spare = [os.dup(to_read), os.dup(to_write)]

        def wire():
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        self.process = subprocess.Popen(
            [command, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-pipe", "--user-data-dir=" + folder, "about:blank"],
            preexec_fn=wire, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in [to_read, to_write] + spare:
            os.close(end)
        self.number, self.rest, self.events, self.session = 0, b"", [], None

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.back, 1 << 16)
            if not more:
                raise SystemExit("the browser has gone")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())


def faults_of(browser, address, figures, dark):
    faults = []
    for event in browser.events:
        method, values = event.get("method"), event.get("params", {})
        if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            faults.append("the console has " + json.dumps(values)[:300])
        if method == "Network.requestWillBeSent":
            url = values["request"]["url"]
            if url != address and not url.startswith("data:"):
                faults.append("a request to " + url)
    seen = browser.ask("Runtime.evaluate", expression=LOOK, returnByValue=True)["result"]["value"]
    wanted = [(seen["wide"] <= 0, "it scrolls sideways"), (seen["figures"] == figures, "figures"), (seen["blank"] == 0, "blank figures"),
              (seen["silent"] == 0, "figures without a text, or a name"), (seen["styles"] == 0, "style attributes"),
              (all(ground < 0.2 if dark else ground > 0.8 for ground in seen["grounds"]), "the scheme of a figure"),
              (seen["links"] == 0, "links to no section"), (seen["h1"] == 1 and seen["h2"] >= 6, "headings"),
              (seen["result"] >= 60, "the result is small"), (seen["contrast"] >= 4.5, "contrast"),
              (seen["letters"] >= LETTERS_LEAST, "letters of a figure"), (not seen["cut"], "text beyond the edge"),
              (seen["light"] < 0.2 if dark else seen["light"] > 0.8, "the scheme")]
    return faults + [f"{what}: {seen}" for holds, what in wanted if not holds]


def main():
    chromium, page, figures = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3])
    address, failed = "file://" + page, False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(chromium, folder)
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.ask(domain + ".enable")
        for width, height in ((1280, 900), (360, 740)):
            for scheme in ("light", "dark"):
                browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
                browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.events.clear()
                browser.ask("Page.navigate", url=address)
                browser.wait("Page.loadEventFired")
                for fault in faults_of(browser, address, figures, scheme == "dark"):
                    print(f"{width} wide, {scheme}: {fault}")
                    failed = True
                if len(sys.argv) > 4:
                    shot = browser.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
                    with open(f"{sys.argv[4]}/{width}-{scheme}.png", "wb") as file:
                        file.write(base64.b64decode(shot))
        browser.ask("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        browser.events.clear()
        browser.ask("Page.navigate", url=address)
        browser.wait("Page.loadEventFired")
        seen = browser.ask("Runtime.evaluate", expression=LOOK, returnByValue=True)["result"]["value"]
        if seen["light"] < 0.95 or any(ground < 0.95 for ground in seen["grounds"]):
            print(f"a printed page is dark: {seen}")
            failed = True
        paper = base64.b64decode(browser.ask("Page.printToPDF", printBackground=True)["data"])
        pages = len(re.findall(rb"/Type\s*/Page\b", paper))
        if not 1 <= pages <= PAGES_MOST:
            print(f"on paper it has {pages} pages")
            failed = True
        browser.session = None
        browser.ask("Browser.close")
        browser.process.wait(30)
    sys.exit(failed)


if __name__ == "__main__":
    main()
