// Números como se leem: o par de helpers/spoken.py. O único lugar em que o JavaScript põe a vírgula.

function decimal(value, places = 2) {
  const text = Math.abs(value).toFixed(places).replace(".", ",");
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}
