Console.WriteLine("showtell");
