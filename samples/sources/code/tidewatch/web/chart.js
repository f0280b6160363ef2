// Draws a tide curve on a canvas. Heights arrive as [hours, metres] pairs in order of time.

const margin = { left: 40, right: 12, top: 16, bottom: 28 };

export function drawChart(canvas, points, options = {}) {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  if (points.length < 2) return;

  const x = scale(points[0][0], points[points.length - 1][0], margin.left, width - margin.right);
  const metres = points.map(([, value]) => value);
  const y = scale(Math.min(...metres), Math.max(...metres), height - margin.bottom, margin.top);

  drawGrid(context, x, y, metres, width, height);
  context.strokeStyle = options.color ?? '#1b6b93';
  context.lineWidth = 2;
  context.beginPath();
  points.forEach(([hours, value], index) => {
    if (index === 0) context.moveTo(x(hours), y(value));
    else context.lineTo(x(hours), y(value));
  });
  context.stroke();
  if (options.now !== undefined) drawNow(context, x(options.now), height);
}

function scale(fromLow, fromHigh, toLow, toHigh) {
  const span = fromHigh - fromLow || 1;
  return (value) => toLow + ((value - fromLow) / span) * (toHigh - toLow);
}

function drawGrid(context, x, y, metres, width, height) {
  context.strokeStyle = '#ddd';
  context.fillStyle = '#555';
  context.lineWidth = 1;
  for (let level = Math.ceil(Math.min(...metres)); level <= Math.max(...metres); level++) {
    context.beginPath();
    context.moveTo(margin.left, y(level));
    context.lineTo(width - margin.right, y(level));
    context.stroke();
    context.fillText(`${level} m`, 6, y(level) + 4);
  }
  for (let hour = 0; hour <= 24; hour += 6) {
    context.fillText(`${String(hour).padStart(2, '0')}:00`, x(hour) - 14, height - 8);
  }
}

function drawNow(context, position, height) {
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(position, margin.top);
  context.lineTo(position, height - margin.bottom);
  context.stroke();
  context.setLineDash([]);
}
