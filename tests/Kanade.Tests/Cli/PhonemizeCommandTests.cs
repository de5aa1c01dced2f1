using System.Text.Json;
using Kanade.Cli;

namespace Kanade.Tests.Cli;

public sealed class PhonemizeCommandTests
{
    static async Task<(int Code, string Output)> Run(string input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var context = new CommandContext(new StringReader(input), output, new Screen(error, 0));
        var code = await PhonemizeCommand.Create(context).Parse(arguments).InvokeAsync();
        return (code, output.ToString());
    }

    [Fact]
    public async Task A_text_is_symbols_on_one_line()
    {
        var (code, output) = await Run("", "箸", "--accent", "rules");
        Assert.Equal((0, "ha↓ɕi\n"), (code, output));
    }

    [Fact]
    public async Task Json_has_phrases_symbols_and_ids()
    {
        var (_, output) = await Run("", "橋を渡る。", "--json");
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal("橋を渡る。", json.GetProperty("text").GetString());
        var phrase = json.GetProperty("phrases")[0];
        Assert.Equal(["h", "a"], phrase.GetProperty("moras")[0].GetProperty("phones").EnumerateArray().Select(phone => phone.GetString()));
        Assert.Equal(2, phrase.GetProperty("nucleus").GetInt32());
        Assert.Equal(0, json.GetProperty("ids")[0].GetInt32());
    }

    [Fact]
    public async Task Standard_input_is_read_line_by_line()
    {
        var (_, output) = await Run("はい。\nいいえ。\n");
        Assert.Equal(2, output.Trim().Split('\n').Length);
    }

    [Fact]
    public async Task A_file_of_ids_and_texts_gives_the_ids_back()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "a1\tはい。\na2\tいいえ。\n");
            var (_, output) = await Run("", "--file", path, "--json");
            Assert.Equal(["a1", "a2"], output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
