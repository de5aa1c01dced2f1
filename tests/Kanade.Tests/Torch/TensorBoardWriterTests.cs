using Kanade.Torch;
using Tensorboard;

namespace Kanade.Tests.Torch;

public sealed class TensorBoardWriterTests
{
    [Fact]
    public void The_masked_checksum_is_that_of_the_published_vector() =>
        Assert.Equal(unchecked(((0xe3069283u >> 15) | (0xe3069283u << 17)) + 0xa282ead8u), TensorBoardWriter.MaskedCrc("123456789"u8));

    [Fact]
    public void Records_are_framed_and_hold_what_was_written()
    {
        var folder = Directory.CreateTempSubdirectory("kanade").FullName;
        using (var writer = new TensorBoardWriter(folder))
        {
            writer.Scalar("loss", 0.5f, 7);
            writer.Audio("hello", [0, 0.5f, -2f], 24000, 8);
        }
        var bytes = File.ReadAllBytes(Directory.GetFiles(folder).Single());
        List<Event> events = [];
        for (var at = 0; at < bytes.Length;)
        {
            var length = BitConverter.ToInt32(bytes, at);
            Assert.Equal(TensorBoardWriter.MaskedCrc(bytes.AsSpan(at, 8)), BitConverter.ToUInt32(bytes, at + 8));
            var data = bytes.AsSpan(at + 12, length);
            Assert.Equal(TensorBoardWriter.MaskedCrc(data), BitConverter.ToUInt32(bytes, at + 12 + length));
            events.Add(Event.Parser.ParseFrom(data.ToArray()));
            at += 16 + length;
        }
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal((7, 0.5f), (events[1].Step, events[1].Summary.Value[0].SimpleValue));
        Assert.Equal(3, events[2].Summary.Value[0].Audio.LengthFrames);
        Directory.Delete(folder, true);
    }
}
