import { createApp } from "vue";
import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import CallerView from "./views/CallerView.vue";

createApp(CallerView).mount("#app");
