import { createApp } from "vue";
import App from "./App.vue";
import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./counter.css";

createApp(App).mount("#app");
