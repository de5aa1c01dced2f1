using System.Text;
using Kanade.Corpus;
using Parquet;
using Parquet.Schema;

namespace Kanade.Tests.Corpus;

public sealed class CorpusReaderTests : IDisposable
{
    readonly CorpusFixture _f = new();

    public void Dispose() => _f.Dispose();

    static (string, string, string, string)[] Rows(CorpusListing listing) => [.. listing.Entries.Select(e => (e.Source, e.Text, e.Speaker, e.Style))];

    [Fact]
    public void A_listing_is_read_by_its_column_names_in_any_order()
    {
        _f.Speak("wav/a.wav");
        _f.Write("list.tsv", "style\ttext\tother\taudio\tspeaker\nhappy\tあ\tx\twav/a.wav\tmei\n");
        Assert.Equal([("wav/a.wav", "あ", "mei", "happy")], Rows(_f.Read()));
    }

    [Fact]
    public void Csv_may_quote_commas_and_quotes_and_json_lines_and_parquet_work_too()
    {
        foreach (var name in new[] { "a", "b" })
            _f.Speak(name + ".wav");
        _f.Write("list.csv", "audio,text\r\na.wav,\"「はい」、\"\"え\"\",\"\r\nb.wav,い\r\n");
        Assert.Equal([("a.wav", "「はい」、\"え\",", "corpus", ""), ("b.wav", "い", "corpus", "")], Rows(_f.Read()));
        File.Delete(_f.At("list.csv"));
        _f.Write("list.jsonl", "{\"path\": \"a.wav\", \"sentence\": \"う\"}\n\n{\"path\": \"b\", \"sentence\": \"え\", \"speaker\": \"x\"}\n");
        Assert.Equal([("a.wav", "う", "corpus", ""), ("b.wav", "え", "x", "")], Rows(_f.Read()));
        File.Delete(_f.At("list.jsonl"));
        using (var stream = File.Create(_f.At("list.parquet")))
            Manifest.WriteRejects(stream, []); // columns that name no recordings
        Assert.Throws<InvalidDataException>(() => _f.Read());
    }

    [Fact]
    public async Task Parquet_lists_may_hold_numbers_and_gaps_as_other_programs_write_them()
    {
        _f.Speak("a.wav");
        _f.Speak("b.wav");
        var (audio, text) = (new DataField<string>("audio"), new DataField<string>("text"));
        var (speaker, start, end) = (new DataField<int>("speaker"), new DataField<float?>("start"), new DataField<double?>("end"));
        await using (var stream = File.Create(_f.At("list.parquet")))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(audio, text, speaker, start, end), stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(audio, ["a.wav", "b.wav"]);
            await group.WriteAsync(text, ["はい", "いいえ"]);
            await group.WriteAsync<int>(speaker, new[] { 3, 12 });
            await group.WriteAsync<float>(start, new float?[] { null, 0.125f });
            await group.WriteAsync<double>(end, new double?[] { double.NaN, 0.5 });
        }

        var listing = _f.Read();

        Assert.Equal([("a.wav", "はい", "3", ""), ("b.wav", "いいえ", "12", "")], Rows(listing));
        Assert.Equal([(0, null), (0.125, (double?)0.5)], listing.Entries.Select(e => (e.StartSeconds, e.EndSeconds)));
    }

    [Fact]
    public void A_line_that_is_not_json_is_told_by_its_number()
    {
        _f.Speak("a.wav");
        _f.Write("list.jsonl", "{\"audio\": \"a.wav\", \"text\": \"はい\"}\n{\"audio\": \"a.wav\", text}\n");
        var message = Assert.Throws<InvalidDataException>(() => _f.Read()).Message;
        Assert.Contains("list.jsonl:2: not JSON", message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parquet_column_of_another_kind_is_named()
    {
        _f.Speak("a.wav");
        var (audio, text) = (new DataField<string>("audio"), new DataField<bool>("text"));
        await using (var stream = File.Create(_f.At("list.parquet")))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(audio, text), stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(audio, ["a.wav"]);
            await group.WriteAsync<bool>(text, new[] { true });
        }
        Assert.Contains("the column 'text' holds Boolean", Assert.Throws<InvalidDataException>(() => _f.Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LjSpeech_takes_the_normalised_text()
    {
        _f.Speak("wavs/LJ1.wav");
        _f.Speak("wavs/LJ2.wav");
        _f.Write("metadata.csv", "LJ1|3時|さんじ\nLJ2|はい|\n");
        Assert.Equal([("wavs/LJ1.wav", "さんじ", "corpus", ""), ("wavs/LJ2.wav", "はい", "corpus", "")], Rows(_f.Read()));
    }

    [Fact]
    public void StyleTts_lists_may_hold_phonemes_or_text()
    {
        _f.Speak("wavs/a.wav");
        _f.Speak("wavs/b.wav");
        _f.Write("train_list.txt", "a.wav|koɴnitɕiwa.|0\n");
        _f.Write("val_list.txt", "b.wav|こんばんは|1\n");
        var listing = _f.Read();
        Assert.Equal(CorpusLayout.StyleTts, listing.Layout);
        Assert.Equal(("", "koɴnitɕiwa.", "0"), (listing.Entries[0].Text, listing.Entries[0].Symbols, listing.Entries[0].Speaker));
        Assert.Equal(("こんばんは", "", "1"), (listing.Entries[1].Text, listing.Entries[1].Symbols, listing.Entries[1].Speaker));
    }

    [Fact]
    public void Jsut_and_jvs_folders()
    {
        _f.Speak("basic5000/wav/BASIC5000_0001.wav");
        _f.Write("basic5000/transcript_utf8.txt", "BASIC5000_0001:水をマレーシアから買う。\n");
        Assert.Equal([("basic5000/wav/BASIC5000_0001.wav", "水をマレーシアから買う。", "corpus", "")], Rows(_f.Read()));
        Directory.Delete(_f.Corpus, recursive: true);
        _f.Speak("jvs001/parallel100/wav24kHz16bit/V1.wav");
        _f.Speak("jvs002/whisper10/wav24kHz16bit/V1.wav");
        _f.Write("jvs001/parallel100/transcripts_utf8.txt", "V1:あ\n");
        _f.Write("jvs002/whisper10/transcripts_utf8.txt", "V1:い\n");
        Assert.Equal([("jvs001/parallel100/wav24kHz16bit/V1.wav", "あ", "jvs001", "neutral"), ("jvs002/whisper10/wav24kHz16bit/V1.wav", "い", "jvs002", "whisper")], Rows(_f.Read()));
    }

    [Fact]
    public void Unity_chan_lines_give_text_and_manner()
    {
        foreach (var name in new[] { "univ0001", "univ0002", "univ0003", "univ0004" })
            _f.Speak($"flac/{name}.wav");
        _f.Write("unity-chan_voice_list.txt", """
            『ユニティちゃん』ボイスリスト
            univ0001.wav	ユニティちゃん「いけっ！」（楽しそうに）	かけ声
            univ0002	ユニティちゃん「（明るく）≪お疲れ≫様っ！」	リトライ
            univ0003	ユニティちゃん「進捗（しんちょく）、来たなぁ?っ！」	進捗
            univ0004	ユニティちゃん「↑↑↓↓（うえうえしたした）だよ」	その他
            """);
        Assert.Equal(
        [
            ("flac/univ0001.wav", "いけっ！", "ユニティちゃん", "楽しそうに"), ("flac/univ0002.wav", "お疲れ様っ！", "ユニティちゃん", "明るく"),
            ("flac/univ0003.wav", "進捗、来たなぁーっ！", "ユニティちゃん", ""), ("flac/univ0004.wav", "うえうえしたしただよ", "ユニティちゃん", ""),
        ], Rows(_f.Read()));
    }

    [Theory]
    [InlineData("うふふっ！（笑い声）", "うふふっ！（笑い）", "")]
    [InlineData("はっ…はっ…（走る際の吐息）", "はっ…はっ…（吐息）", "")]
    [InlineData("（寝息+）ふぁんじ…", "（息）（吐息）ふぁんじ…", "")]
    [InlineData("えー…おほん（咳払いのアドリブ）　アーユーレディ？", "えー…おほん（咳）　アーユーレディ？", "")]
    [InlineData("（あくびのブレスの後で）…ねまーしゅ?", "（息）…ねまーしゅー", "")]
    [InlineData("（ダメージ後の荒い息づかい）…勝って", "（吐息）…勝って", "")]
    [InlineData("（氣を打ち込むイメージで）はっ！", "はっ！", "氣を打ち込むイメージで")]
    [InlineData("（コミカル）退却??っ！", "退却ーっ！", "コミカル")]
    [InlineData("やっ！（ジャンプの際の声）", "やっ！", "")]
    public void Stage_directions_become_sounds_or_a_manner_or_nothing(string line, string text, string manner)
    {
        Assert.Equal((text, manner), StageDirections.Split(line));
        using var frontend = Kanade.Text.JapaneseFrontend.Open(new());
        Assert.Empty(frontend.Phonemize(text).Unread);
    }

    [Fact]
    public void Recordings_that_no_list_names_are_counted()
    {
        foreach (var name in new[] { "a", "b", "c" })
            _f.Speak(name + ".wav");
        _f.Write("list.tsv", "audio\ttext\na.wav\tあ\nb.wav\t \n");
        Assert.Equal(1, _f.Read().Unlisted); // b.wav is named, though it has no text
    }

    [Fact]
    public void Transcripts_beside_recordings_with_folders_as_speakers()
    {
        _f.Speak("a/1.wav");
        _f.Speak("b/1.wav");
        _f.Speak("b/2.wav");
        _f.Write("a/1.txt", "あ\nい\n");
        _f.Write("b/1.lab", "う");
        var listing = _f.Read();
        Assert.Equal([("a/1.wav", "あ い", "a", ""), ("b/1.wav", "う", "b", "")], Rows(listing));
        Assert.Equal("no_transcript", Assert.Single(listing.Problems).Reason);
    }

    [Theory]
    [InlineData("0 2550000 sil\n2550000 3200000 k\n3200000 4100000 o\n")]
    [InlineData("0 2550000 xx^xx-sil+k=o/A:xx+xx+xx\r\n2550000 3200000 xx^sil-k+o=N/A:-3+1+4\r\n")]
    [InlineData("xx^xx-sil+k=o/A:xx+xx+xx\nxx^sil-k+o=N/A:-3+1+4\n")]
    [InlineData("0.000 0.255 silB\n0.255\t0.320\tk\n")]
    [InlineData("silB\nk\no\nN\nsilE\n")]
    public void Labels_are_no_transcript_and_a_text_beside_them_is(string labels)
    {
        _f.Speak("a.wav");
        _f.Speak("b.wav");
        _f.Write("a.lab", labels);
        _f.Write("b.lab", labels);
        _f.Write("b.txt", "こん");
        var listing = _f.Read();
        Assert.Equal([("b.wav", "こん", "corpus", "")], Rows(listing));
        var problem = Assert.Single(listing.Problems);
        Assert.Equal(("a.wav", "no_transcript"), (problem.Source, problem.Reason));
        Assert.StartsWith("a.lab holds times and phonemes, not what is said", problem.Detail, StringComparison.Ordinal);
        File.Delete(_f.At("b.txt"));
        Assert.Contains("a.lab holds times", Assert.Throws<InvalidDataException>(() => _f.Read()).Message, StringComparison.Ordinal);
        _f.Speak("円い【まるい】.wav");
        _f.Write("円い【まるい】.lab", labels);
        Assert.Equal([("円い【まるい】.wav", "まるい", "corpus", "")], Rows(_f.Read()));
    }

    [Theory]
    [InlineData("10 20 30 と数える\nそれから\n", "10 20 30 と数える それから")]
    [InlineData("1 2 3 ダー！", "1 2 3 ダー！")]
    [InlineData("1 2 3", "1 2 3")]
    [InlineData("konnichiwa", "konnichiwa")]
    [InlineData("ohayou\nkanade\n", "ohayou kanade")]
    public void A_lab_with_a_text_is_a_transcript(string content, string text)
    {
        _f.Speak("a.wav");
        _f.Write("a.lab", content);
        Assert.Equal(text, Assert.Single(_f.Read().Entries).Text);
    }

    [Fact]
    public void Names_in_capitals_have_their_transcript_beside_them_too()
    {
        _f.Write("A.WAV", "");
        _f.Write("A.TXT", "こんにちは");
        Assert.Equal(("A.WAV", "こんにちは", "corpus", ""), Assert.Single(Rows(_f.Read())));
    }

    [Fact]
    public void A_name_may_hold_its_reading()
    {
        _f.Speak("audio/円い【まるい】.wav");
        Assert.Equal([("audio/円い【まるい】.wav", "まるい", "corpus", "")], Rows(_f.Read()));
    }

    [Fact]
    public void What_a_list_names_wrongly_is_counted_and_never_followed_out_of_the_folder()
    {
        _f.Speak("a.wav");
        File.Copy(_f.At("a.wav"), Path.Combine(_f.Folder, "secret.wav"));
        _f.Write("list.tsv", "audio\ttext\na.wav\tあ\na.wav\tい\nnone.wav\tう\n../secret.wav\tえ\n/etc/passwd\tお\n\tか\n");
        var listing = _f.Read();
        Assert.Equal("あ", Assert.Single(listing.Entries).Text);
        Assert.Equal(["no_recording", "outside_corpus", "outside_corpus", "listed_twice", "missing"], listing.Problems.Select(p => p.Reason));
    }

    [Fact]
    public void A_list_that_names_nothing_or_nothing_that_is_there_is_an_error_with_the_count()
    {
        _f.Speak("a.wav");
        _f.Write("list.tsv", "audio\ttext\n");
        Assert.Contains("names no recording", Assert.Throws<InvalidDataException>(() => _f.Read()).Message, StringComparison.Ordinal);
        _f.Write("list.tsv", "audio\ttext\nx.wav\tあ\ny.wav\tい\n");
        Assert.Contains("2 cannot (2 missing)", Assert.Throws<InvalidDataException>(() => _f.Read()).Message, StringComparison.Ordinal);
        _f.Write("list.tsv", "audio\ttext\na.wav\n");
        Assert.Contains("row 2 has 1 columns", Assert.Throws<InvalidDataException>(() => _f.Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_transcripts_or_recordings_or_at_all()
    {
        Directory.CreateDirectory(_f.Corpus);
        Assert.Contains("no recordings", Assert.Throws<InvalidDataException>(() => _f.Read()).Message, StringComparison.Ordinal);
        _f.Speak("a.wav");
        Assert.Contains("metadata.tsv", Assert.Throws<InvalidDataException>(() => _f.Read()).Message, StringComparison.Ordinal);
        Assert.Contains("'jvs'", Assert.Throws<InvalidDataException>(() => _f.Read(CorpusLayout.Jvs)).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => CorpusReader.Read(_f.Corpus + "x"));
    }

    [Theory]
    [InlineData("shift_jis")]
    [InlineData("euc-jp")]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public void Transcripts_in_the_encodings_of_japan(string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        _f.Speak("a.wav");
        var encoding = Encoding.GetEncoding(name);
        File.WriteAllBytes(_f.At("a.txt"), [.. name == "utf-8" ? [] : encoding.GetPreamble(), .. encoding.GetBytes("今日は、いい天気ですね。\r\n")]);
        Assert.Equal("今日は、いい天気ですね。", Assert.Single(_f.Read().Entries).Text);
    }

    [Fact]
    public void A_byte_order_mark_and_crlf_are_no_part_of_names_or_texts()
    {
        _f.Speak("a.wav");
        File.WriteAllText(_f.At("list.tsv"), "audio\ttext\tspeaker\r\na.wav\tあ\tmei\r\n", new UTF8Encoding(true));
        Assert.Equal([("a.wav", "あ", "mei", "")], Rows(_f.Read()));
    }

    [Fact]
    public void Names_in_nfd_are_found_by_lists_in_nfc_and_the_other_way_round()
    {
        _f.Speak("ガ.wav".Normalize(NormalizationForm.FormD));
        _f.Speak("パ.wav".Normalize(NormalizationForm.FormC));
        _f.Write("list.tsv", "audio\ttext\nガ.wav\tあ\n" + "パ.wav".Normalize(NormalizationForm.FormD) + "\tい\n");
        Assert.Equal(2, _f.Read().Entries.Count);
    }

    [Fact]
    public void Long_names_and_tabs_in_names_are_just_names()
    {
        var name = new string('a', 240);
        _f.Speak(name + ".wav");
        _f.Write(name + ".txt", "あ");
        _f.Speak("b\tc.wav");
        _f.Write("b\tc.txt", "い");
        Assert.Equal([name + ".wav", "b\tc.wav"], _f.Read().Entries.Select(e => e.Source));
        _f.Write("list.tsv", $"audio\ttext\n{name}.wav\tあ\n{new string('x', 300)}.wav\tあ\n");
        Assert.Equal("missing", Assert.Single(_f.Read().Problems).Reason);
    }

    [Fact]
    public void Links_to_folders_are_followed_and_loops_of_links_are_not()
    {
        _f.Speak("real/a.wav");
        _f.Write("real/a.txt", "あ");
        Directory.CreateSymbolicLink(_f.At("real/loop"), _f.At("real"));
        Directory.CreateSymbolicLink(_f.At("one"), _f.At("two"));
        Directory.CreateSymbolicLink(_f.At("two"), _f.At("one"));
        var elsewhere = Directory.CreateDirectory(Path.Combine(_f.Folder, "elsewhere")).FullName;
        File.Copy(_f.At("real/a.wav"), Path.Combine(elsewhere, "b.wav"));
        File.WriteAllText(Path.Combine(elsewhere, "b.txt"), "い");
        Directory.CreateSymbolicLink(_f.At("linked"), elsewhere);
        Assert.Equal(["linked/b.wav", "real/a.wav"], _f.Read().Entries.Select(e => e.Source));
    }
}
