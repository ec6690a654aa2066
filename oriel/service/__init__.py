"""What web and jobs share: accounts, money, renders and outside services; no HTTP, arq or GL."""
