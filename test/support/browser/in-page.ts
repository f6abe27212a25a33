/** What runs in a page under test: expressions that give plain data. Folded parts are unfolded by `UNFOLD`. */

export const UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })";

/** Texts whose contrast (WCAG 2.2, 1.4.3) is too low, as `text: ratio`. */
export const LOW_CONTRAST = `(() => {
  const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return { r, g, b, a }; };
  const channel = (value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const luminance = ({ r, g, b }) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.a === 1) return colour;
      if (colour.a > 0) throw new Error("half transparent ground");
    }
    return { r: 255, g: 255, b: 255 };
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const low = [];
  let seen = 0;
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === "" || !element.checkVisibility()) continue;
    seen += 1;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parse(style.color)), luminance(ground(element))].sort((x, y) => y - x);
    const px = parseFloat(style.fontSize);
    const isLarge = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) low.push(text.slice(0, 40) + ": " + ratio.toFixed(2));
  }
  return { seen, low };
})()`;

/** What can be reached, in order, as `tag text`. */
export const REACHABLE = `[...document.querySelectorAll("a[href],button,input,select,textarea,summary,[tabindex='0']")]
  .filter((one) => one.checkVisibility()).map((one) => one.tagName + " " + one.textContent.trim())`;

/** What has the focus, and whether that is seen. */
export const FOCUSED = `(() => {
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const { top, bottom, left, right, width } = one.getBoundingClientRect();
  const isInView = bottom > 0 && top < innerHeight && left >= 0 && right <= innerWidth + 1 && width > 0;
  return { name: one.tagName + " " + one.textContent.trim(), isSeen: isInView && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
})()`;

/** How many colours a picture has, and how much of it is its most frequent one. */
export function coloursOf(png: string): string {
  return `(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${png}";
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const counts = new Map();
    for (const pixel of new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)) {
      counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    }
    return { colours: counts.size, most: Math.max(...counts.values()) / (image.width * image.height) };
  })()`;
}
