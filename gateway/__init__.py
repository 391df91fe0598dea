"""The edge: HTTP for the customer's chat, the desk and the core system. Translates; decides nothing of the business."""
