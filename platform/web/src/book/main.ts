import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import BookPage from "./BookPage.vue";

createApp(BookPage).mount("#app");
