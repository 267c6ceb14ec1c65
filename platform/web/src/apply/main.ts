import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import ApplyPage from "./ApplyPage.vue";

createApp(ApplyPage).mount("#app");
