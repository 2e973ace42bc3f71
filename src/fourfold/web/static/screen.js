// Pictures on whole pixels of the device: where they go, and the proof that they are there.

/**
 * Places of pictures on the stage, in device pixels.
 *
 * @param {{width: number, height: number}[]} pictures one or two
 * @param {DOMRect} stage in CSS pixels
 * @param {number} ratio device pixels in a CSS pixel
 * @param {number} caption height over each picture, CSS pixels; 0 for none
 * @returns {{name: string, places: {left: number, top: number}[]} | null} null where none fits
 */
export function arrange(pictures, stage, ratio, caption) {
  const room = { width: Math.floor(stage.width * ratio), height: Math.floor(stage.height * ratio) };
  const above = Math.ceil(caption * ratio);
  const gap = Math.round(12 * ratio);
  const [first, second] = pictures;
  const widest = Math.max(...pictures.map((one) => one.width));
  const highest = Math.max(...pictures.map((one) => one.height)) + above;
  const fits = (width, height) => width <= room.width && height <= room.height;
  const at = (left, top) => ({
    left: Math.round(stage.left * ratio) + Math.floor(left),
    top: Math.round(stage.top * ratio) + Math.floor(top) + above,
  });
  const centred = (one) => at((room.width - one.width) / 2, (room.height - one.height - above) / 2);
  if (!second) {
    return fits(widest, highest) ? { name: "single", places: [centred(first)] } : null;
  }
  const across = first.width + gap + second.width;
  if (fits(across, highest)) {
    const left = (room.width - across) / 2;
    const top = (room.height - highest) / 2;
    return { name: "beside", places: [at(left, top), at(left + first.width + gap, top)] };
  }
  const down = first.height + second.height + 2 * above + gap;
  if (fits(widest, down)) {
    const top = (room.height - down) / 2;
    const left = (room.width - widest) / 2;
    const next = top + first.height + above + gap;
    return { name: "below", places: [at(left, top), at(left, next)] };
  }
  return fits(widest, highest) ? { name: "switch", places: pictures.map(centred) } : null;
}

/** Put an image at a place given in device pixels, at its own size in device pixels. */
export function put(image, place, ratio) {
  image.style.left = `${place.left / ratio}px`;
  image.style.top = `${place.top / ratio}px`;
  image.style.width = `${image.naturalWidth / ratio}px`;
  image.style.height = `${image.naturalHeight / ratio}px`;
}

/** Whether the browser says that the image covers as many device pixels as it has. */
export function isExact(image, ratio) {
  return new Promise((resolve) => {
    const observer = new ResizeObserver(([entry]) => {
      observer.disconnect();
      const box = entry.devicePixelContentBoxSize?.[0];
      resolve(
        box
          ? box.inlineSize === image.naturalWidth && box.blockSize === image.naturalHeight
          : Number.isInteger(ratio),
      );
    });
    try {
      observer.observe(image, { box: "device-pixel-content-box" });
    } catch {
      // A browser that cannot tell is believed where a CSS pixel is a whole number of device pixels.
      resolve(Number.isInteger(ratio));
    }
  });
}

/** What a rating says of the screen. */
export function viewing() {
  return {
    device_pixel_ratio: window.devicePixelRatio,
    zoom: window.visualViewport?.scale ?? 1,
    window_width: window.innerWidth,
    window_height: window.innerHeight,
  };
}
