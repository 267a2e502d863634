// Cards far down a long survey are drawn when somebody comes near them, or when the browser has nothing else to do.
const waiting = new Map();

const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) finish(entry.target);
  },
  { rootMargin: "1000px" },
);

const whenIdle = window.requestIdleCallback ?? ((run) => setTimeout(() => run({ timeRemaining: () => 8 }), 50));

function some(deadline) {
  for (const element of waiting.keys()) {
    finish(element);
    if (deadline.timeRemaining() < 4) break;
  }
  if (waiting.size) whenIdle(some);
}

// Draw `element` by `draw`, once, some time soon.
export function later(element, draw) {
  if (!waiting.size) whenIdle(some);
  waiting.set(element, draw);
  near.observe(element);
}

// Draw it now, for it is needed.
export function finish(element) {
  const draw = waiting.get(element);
  if (!draw) return;
  waiting.delete(element);
  near.unobserve(element);
  draw();
}
