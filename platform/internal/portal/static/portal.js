// What a script adds to the portal's pages; they are complete without it:
// words suggested while one types, facets that apply at once, printing, and an
// address to pass on.
const box = document.querySelector("[data-suggest]");
const words = document.getElementById("suggested");
if (box && words) {
  let timer = 0;
  let asked = "";
  const ask = async () => {
    const typed = box.value.trim();
    if (typed === asked || typed === "") return;
    asked = typed;
    try {
      const answer = await fetch(`/search/suggest?q=${encodeURIComponent(typed)}`);
      if (!answer.ok || typed !== box.value.trim()) return;
      const { words: list } = await answer.json();
      words.replaceChildren(
        ...list.map((word) => Object.assign(document.createElement("option"), { value: word })),
      );
    } catch {
      // Without suggestions one can search all the same.
    }
  };
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
}

for (const form of document.querySelectorAll("[data-at-once]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const address = new URL(button.dataset.share, location.href).href;
    try {
      if (navigator.share) await navigator.share({ title: document.title, url: address });
      else {
        await navigator.clipboard.writeText(address);
        button.textContent = "已复制网址";
      }
    } catch {
      button.textContent = "请复制地址栏中的网址";
    }
  });
}
